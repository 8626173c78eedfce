import type { Reconnect } from '../client/messages.ts';
import type { Producer } from '../kafka/producer.ts';
import { encodeStandings } from '../kafka/standingsRecord.ts';
import { topics } from '../kafka/topics.ts';
import type { AnySql } from '../sql/client.ts';
import type { NewConnection } from '../sql/insertConnections.ts';
import { listAgingConnections } from '../sql/listAgingConnections.ts';
import { markToldToReconnect } from '../sql/markToldToReconnect.ts';

/** Those who came together leave one by one, over so long a time; the two hours last at least as long yet. */
const SPREAD_MS = 5 * 60_000;
/** Some 60 KB, far below what a broker takes in one record. */
const MESSAGES_A_RECORD = 500;

function recordsFor(shard: number, connections: NewConnection[]) {
  const chunks = Array.from({ length: Math.ceil(connections.length / MESSAGES_A_RECORD) }, (_, index) =>
    connections.slice(index * MESSAGES_A_RECORD, (index + 1) * MESSAGES_A_RECORD),
  );
  return chunks.map((chunk) => {
    const messages = chunk.map(({ id }) => {
      const message: Reconnect = { type: 'RECONNECT', after_ms: Math.floor(Math.random() * SPREAD_MS) };
      return { connectionId: id, message };
    });
    return { partition: shard, key: null, value: encodeStandings({ type: 'direct', messages }) };
  });
}

/** Has clients open a new connection before API Gateway ends the one that they have. Whoever dies between telling
 * and noting it tells again.
 * @throws {UnavailableError} when Kafka does not take it */
export async function tellToReconnect(sql: AnySql, producer: Producer): Promise<void> {
  const aging = await listAgingConnections(sql);
  if (aging.length === 0) return;
  const shards = [...new Set(aging.map(({ shard }) => shard))];
  const records = shards.flatMap((shard) =>
    recordsFor(
      shard,
      aging.filter((connection) => connection.shard === shard),
    ),
  );
  await producer.produce(topics.standings, records);
  await markToldToReconnect(
    sql,
    aging.map(({ id }) => id),
  );
}
