import { createMicroBatcher } from '../concurrency/microBatcher.ts';
import { pageByPage } from '../concurrency/pages.ts';
import type { Reconnect } from '../contract/messageTypes.ts';
import { shardOf } from '../domain/shard.ts';
import type { OutgoingRecord, Producer } from '../kafka/producer.ts';
import { type DirectMessage, directRecords, welcomeRecord } from '../kafka/standingsRecord.ts';
import { topics } from '../kafka/topics.ts';
import { AGING_PAGE, listAgingConnections, markReconnectRequested } from '../sql/agingConnections.ts';
import { deleteConnections, insertConnections, type NewConnection } from '../sql/connections.ts';
import type { Database } from '../sql/database.ts';

/** In the emulator thousands may come back at once, after a restart, and one process serves them all. */
const LIMITS = { patienceMs: 8_000, maxBatch: 500, maxWaiting: 10_000 };

/**
 * Registers connections and asks their shards to welcome them: nothing can be posted before `$connect` returns.
 *
 * @returns a function that opens one connection, together with those that come at the same time
 * @throws {UnavailableError} from that function if either fails: better refused, so that the client tries again,
 * than let in and never told anything
 */
export function connectionOpener(
  database: Database,
  producer: Producer,
  shards: number,
): (id: string) => Promise<void> {
  async function openMany(connections: NewConnection[], deadline: number): Promise<true[]> {
    try {
      await database.run((sql) => insertConnections(sql, connections));
      const welcomes = connections.map(({ id, shard }) => welcomeRecord(shard, id));
      await producer.produce(topics.standings, welcomes, deadline);
    } catch (error) {
      const ids = connections.map(({ id }) => id);
      // If this fails as well, the first post to such a connection finds it gone.
      await database.run((sql) => deleteConnections(sql, ids)).catch(() => {});
      throw error;
    }
    return connections.map(() => true);
  }

  const openOne = createMicroBatcher(openMany, LIMITS);
  return async (id) => {
    await openOne({ id, shard: shardOf(id, shards) });
  };
}

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
export async function requestReconnect(
  database: Database,
  producer: Producer,
  deadline: number,
): Promise<void> {
  const tellPage = async () => {
    const aging = await database.run(listAgingConnections);
    if (aging.length === 0) return 0;
    await producer.produce(topics.standings, recordsFor(aging));
    const ids = aging.map(({ id }) => id);
    await database.run((sql) => markReconnectRequested(sql, ids));
    return aging.length;
  };
  await pageByPage(tellPage, AGING_PAGE, deadline);
}
