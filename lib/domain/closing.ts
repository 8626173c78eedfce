import type { LogPosition } from './voteStatus.ts';

/** A ballot is on its way into the log for 5 s at most: then castVote gives it up and answers 503. Twice as much
 * again is for clocks that differ. What is appended later are bytes that a network or a frozen process held back:
 * the voter was told that they do not count, and may have voted again. */
export const GRACE_MS = 15_000;

/** Whether a ballot was appended within the grace of its acceptance; otherwise it never counts. The one rule behind
 * the answer to its voter, the count, and the moment from which results are final.
 * @param acceptedAt castVote's clock, microseconds since 1970
 * @param appendTime Kafka's clock, milliseconds since 1970; of a ballot that was sent again, when it first came */
export function isAppendedInTime(acceptedAt: number, appendTime: number): boolean {
  return appendTime - acceptedAt / 1_000 <= GRACE_MS;
}

export interface PartitionBehind {
  partition: number;
  /** Milliseconds since 1970; null if nothing of it was ever counted. */
  countedUntil: number | null;
}

/** The partitions of the log that are not counted past `until` yet: the results of a poll wait for them.
 * @param partitions how many there are
 * @param until milliseconds since 1970: what is appended later is no vote that was in time */
export function partitionsBehind(
  progress: ({ partition: number } & LogPosition)[],
  partitions: number,
  until: number,
): PartitionBehind[] {
  const counted = new Map(progress.map(({ partition, appendTime }) => [partition, appendTime]));
  return Array.from({ length: partitions }, (_, partition) => {
    return { partition, countedUntil: counted.get(partition) ?? null };
  }).filter(({ countedUntil }) => countedUntil === null || countedUntil <= until);
}
