import { createMicroBatcher } from '../concurrency/microBatcher.ts';
import { PRODUCE_TIMEOUT_MS, type Producer } from './producer.ts';
import { pollsRecords, roundRecord } from './standingsRecord.ts';
import { topics } from './topics.ts';

const LIMITS = { timeoutMs: PRODUCE_TIMEOUT_MS, maxBatch: 1_000, maxWaiting: 10_000 };

/** Asks every fan-out shard to check these polls for changes.
 * @param deadline of the monotonic clock
 * @throws {UnavailableError} when Kafka does not acknowledge */
export async function announcePolls(
  producer: Producer,
  shards: number,
  pollIds: string[],
  deadline?: number,
): Promise<void> {
  if (pollIds.length > 0) await wakeShards(producer, shards, pollIds, deadline);
}

/** Makes every fan-out shard run a round, even without polls to check.
 * @param deadline of the monotonic clock
 * @throws {UnavailableError} when Kafka does not acknowledge */
export async function wakeShards(
  producer: Producer,
  shards: number,
  pollIds: string[],
  deadline?: number,
): Promise<void> {
  await producer.produce(topics.standings, pollsRecords(shards, pollIds), deadline);
}

/** Makes these fan-out shards run a round, without polls to check.
 * @throws {UnavailableError} when Kafka does not acknowledge */
export async function wakeTheseShards(producer: Producer, shards: number[]): Promise<void> {
  if (shards.length > 0) await producer.produce(topics.standings, shards.map(roundRecord));
}

/** Batches concurrent announcements: one process of the emulator serves all clients that subscribe, unsubscribe and
 * disconnect, and one record per shard covers their polls. A single call, as on Lambda, is not delayed.
 * @returns `announcePolls` without its first arguments */
export function pollAnnouncer(producer: Producer, shards: number): (pollIds: string[]) => Promise<void> {
  const announce = createMicroBatcher(async (lists: string[][], deadline) => {
    await announcePolls(producer, shards, [...new Set(lists.flat())], deadline);
    return lists.map(() => true);
  }, LIMITS);
  return async (pollIds) => {
    await announce(pollIds);
  };
}
