import type { Reconnect } from '../client/messages.ts';
import { pageByPage } from '../concurrency/pages.ts';
import type { OutgoingRecord, Producer } from '../kafka/producer.ts';
import { type DirectMessage, directRecords } from '../kafka/standingsRecord.ts';
import { topics } from '../kafka/topics.ts';
import type { AnySql } from '../sql/client.ts';
import type { NewConnection } from '../sql/insertConnections.ts';
import { AGING_PAGE, listAgingConnections } from '../sql/listAgingConnections.ts';
import { markToldToReconnect } from '../sql/markToldToReconnect.ts';

/** Those who came together leave one by one, over so long a time; the two hours last at least as long yet. */
const SPREAD_MS = 5 * 60_000;

function toldToReconnect({ id }: NewConnection): DirectMessage {
  const message: Reconnect = { type: 'RECONNECT', after_ms: Math.floor(Math.random() * SPREAD_MS) };
  return { connectionId: id, message };
}

function recordsFor(connections: NewConnection[]): OutgoingRecord[] {
  const byShard = Map.groupBy(connections, ({ shard }) => shard);
  return [...byShard].flatMap(([shard, ofShard]) => directRecords(shard, ofShard.map(toldToReconnect)));
}

/** Has clients open a new connection before API Gateway ends the one that they have, the oldest first. A call that
 * ends between telling and noting it tells again.
 * @param deadline of the monotonic clock; what is left then is for the next call
 * @throws {UnavailableError} when Kafka does not take it */
export async function tellToReconnect(sql: AnySql, producer: Producer, deadline: number): Promise<void> {
  const tellPage = async () => {
    const aging = await listAgingConnections(sql);
    if (aging.length === 0) return 0;
    await producer.produce(topics.standings, recordsFor(aging));
    const ids = aging.map(({ id }) => id);
    await markToldToReconnect(sql, ids);
    return aging.length;
  };
  await pageByPage(tellPage, AGING_PAGE, deadline);
}
