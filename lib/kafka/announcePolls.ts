import { createMicroBatcher } from '../concurrency/microBatcher.ts';
import { PRODUCE_PATIENCE_MS, type Producer } from './producer.ts';
import { pollsRecords } from './standingsRecord.ts';
import { topics } from './topics.ts';

const LIMITS = { patienceMs: PRODUCE_PATIENCE_MS, maxBatch: 1_000, maxWaiting: 10_000 };

/** Tells every fan-out shard to look at these polls again.
 * @param deadline of the monotonic clock
 * @throws {UnavailableError} when Kafka does not take it */
export async function announcePolls(
  producer: Producer,
  shards: number,
  pollIds: string[],
  deadline?: number,
): Promise<void> {
  if (pollIds.length > 0) await wakeShards(producer, shards, pollIds, deadline);
}

/** Has every fan-out shard make a round, whether there are polls to look at or not.
 * @param deadline of the monotonic clock
 * @throws {UnavailableError} when Kafka does not take it */
export async function wakeShards(
  producer: Producer,
  shards: number,
  pollIds: string[],
  deadline?: number,
): Promise<void> {
  await producer.produce(topics.standings, pollsRecords(shards, pollIds), deadline);
}

/** Announces together what comes at the same time: the emulator counts all partitions in one process, and one
 * record a shard tells of all of them. On Lambda, where calls come one by one, each still goes at once.
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
