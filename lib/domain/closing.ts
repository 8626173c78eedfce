import { type Micros, type Millis, toMillis } from './units.ts';
import type { LogPosition } from './voteStatus.ts';

/** castVote gives up on a ballot after 5 s (503); another 10 s allow for clock differences. Whatever is
 * appended later was held back by a network or a frozen process, and its voter may have voted again. */
export const GRACE_MS = 15_000;

/** A ballot not appended in time never counts: one rule for castVote's response, counting and final results.
 * @param acceptedAt castVote's clock
 * @param appendTime Kafka's clock; for a redriven ballot, its first append */
export function isAppendedInTime(acceptedAt: Micros, appendTime: Millis): boolean {
  return appendTime - toMillis(acceptedAt) <= GRACE_MS;
}

export interface PartitionBehind {
  partition: number;
  /** Null if nothing was ever counted. */
  countedUntil: Millis | null;
}

/** Partitions not counted past `until`, which final results wait for. */
export function partitionsBehind(
  progress: ({ partition: number } & LogPosition)[],
  partitions: number,
  until: Millis,
): PartitionBehind[] {
  const counted = new Map(progress.map(({ partition, appendTime }) => [partition, appendTime]));
  return Array.from({ length: partitions }, (_, partition) => {
    return { partition, countedUntil: counted.get(partition) ?? null };
  }).filter(({ countedUntil }) => countedUntil === null || countedUntil <= until);
}
