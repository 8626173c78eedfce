import type { LogPosition } from './voteStatus.ts';

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
