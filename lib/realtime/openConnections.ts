import { shardOf } from '../domain/shard.ts';
import { createMicroBatcher } from '../kafka/microBatcher.ts';
import type { Producer } from '../kafka/producer.ts';
import { welcomeRecord } from '../kafka/standingsRecord.ts';
import { topics } from '../kafka/topics.ts';
import { answered } from '../sql/answered.ts';
import type { Sql } from '../sql/client.ts';
import { deleteConnections } from '../sql/deleteConnections.ts';
import { insertConnections, type NewConnection } from '../sql/insertConnections.ts';

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
  sql: Sql,
  producer: Producer,
  shards: number,
): (id: string) => Promise<void> {
  async function openMany(connections: NewConnection[], deadline: number): Promise<true[]> {
    try {
      await answered(() => insertConnections(sql, connections));
      const welcomes = connections.map(({ id, shard }) => welcomeRecord(shard, id));
      await producer.produce(topics.standings, welcomes, deadline);
    } catch (error) {
      const ids = connections.map(({ id }) => id);
      // If this fails as well, the first post to such a connection finds it gone.
      await answered(() => deleteConnections(sql, ids)).catch(() => {});
      throw error;
    }
    return connections.map(() => true);
  }

  const openOne = createMicroBatcher(openMany, LIMITS);
  return async (id) => {
    await openOne({ id, shard: shardOf(id, shards) });
  };
}
