import { createMicroBatcher } from '../concurrency/microBatcher.ts';
import { pageByPage } from '../concurrency/pages.ts';
import type { Reconnect } from '../contract/messageTypes.ts';
import { shardOf } from '../domain/shard.ts';
import type { Producer } from '../kafka/producer.ts';
import { directRecordsOf, welcomeRecord } from '../kafka/standingsRecord.ts';
import { topics } from '../kafka/topics.ts';
import { AGING_PAGE, listAgingConnections, markReconnectRequested } from '../sql/agingConnections.ts';
import {
  deleteConnections,
  insertConnections,
  type NewConnection,
  type OpenedConnection,
} from '../sql/connections.ts';
import type { Database } from '../sql/database.ts';

/** After a restart of the emulator, one process may serve thousands of reconnects at once. */
const LIMITS = { timeoutMs: 8_000, maxBatch: 500, maxWaiting: 10_000 };

/**
 * Registers connections, and asks their shards to send the leaderboard to those that want it. The shards post it, because
 * a post fails before `$connect` has returned.
 *
 * @returns a function that opens one connection, batched with concurrent ones
 * @throws {UnavailableError} from that function if either step fails: a rejected client retries, an accepted
 * one without a registration would never receive a message
 */
export function connectionOpener(
  database: Database,
  producer: Producer,
  shards: number,
): (id: string, wantsBoard?: boolean) => Promise<void> {
  async function openMany(connections: OpenedConnection[], deadline: number): Promise<true[]> {
    try {
      await database.run((sql) => insertConnections(sql, connections));
      const welcomes = connections.flatMap(({ id, shard, wantsBoard }) =>
        wantsBoard === false ? [] : [welcomeRecord(shard, id)],
      );
      if (welcomes.length > 0) await producer.produce(topics.standings, welcomes, deadline);
    } catch (error) {
      const ids = connections.map(({ id }) => id);
      // If this fails too, the first post finds the connection gone.
      await database.run((sql) => deleteConnections(sql, ids)).catch(() => {});
      throw error;
    }
    return connections.map(() => true);
  }

  const openOne = createMicroBatcher(openMany, LIMITS);
  return async (id, wantsBoard = true) => {
    await openOne({ id, shard: shardOf(id, shards), wantsBoard });
  };
}

/** The time over which aging connections reconnect; their two-hour limit is at least as far away. */
const SPREAD_MS = 5 * 60_000;

function reconnectMessage({ id, shard }: NewConnection) {
  const message: Reconnect = { type: 'RECONNECT', after_ms: Math.floor(Math.random() * SPREAD_MS) };
  return { connectionId: id, shard, message };
}

/** Asks clients to reconnect before API Gateway closes their connections, oldest first. An interrupted call
 * may repeat a request.
 * @param deadline of the monotonic clock; the next call continues
 * @throws {UnavailableError} when Kafka does not acknowledge */
export async function requestReconnect(
  database: Database,
  producer: Producer,
  deadline: number,
): Promise<void> {
  const requestPage = async () => {
    const aging = await database.run(listAgingConnections);
    if (aging.length === 0) return 0;
    await producer.produce(topics.standings, directRecordsOf(aging.map(reconnectMessage)));
    const ids = aging.map(({ id }) => id);
    await database.run((sql) => markReconnectRequested(sql, ids));
    return aging.length;
  };
  await pageByPage(requestPage, AGING_PAGE, deadline);
}
