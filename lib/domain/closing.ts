import { type Micros, type Millis, toMicros, toMillis } from './units.ts';
import type { LogPosition } from './voteStatus.ts';
import { LEAD_MS } from './votingWindows.ts';

/** castVote gives up on a ballot after 5 s (503); another 10 s allow for clock differences. Whatever is
 * appended later was held back by a network or a frozen process, and its voter may have voted again. */
export const GRACE_MS = 15_000;

/** A ballot not appended in time never counts: one rule for castVote's response, counting and final results.
 * @param acceptedAt castVote's clock
 * @param appendTime Kafka's clock; for a redriven ballot, its first append */
export function isAppendedInTime(acceptedAt: Micros, appendTime: Millis): boolean {
  return appendTime - toMillis(acceptedAt) <= GRACE_MS;
}

/** The most by which the clocks of functions and brokers may differ. Changes of windows commit at least this long before
 * they take effect. */
export const MAX_SKEW_MS = LEAD_MS / 2;

/** When a ballot was accepted, for every decision about it. A time long after the append can only come from a wrong
 * clock. If it were believed, it would reach into windows that can still change, and into the time of later ballots.
 * @param stampedAt castVote's clock
 * @param appendTime Kafka's clock; for a redriven ballot, its first append */
export function acceptanceTime(stampedAt: Micros, appendTime: Millis): Micros {
  // The microseconds stay, because they tell ballots of the same millisecond apart.
  const latest = toMicros(appendTime + MAX_SKEW_MS) + (stampedAt % toMicros(1));
  return Math.min(stampedAt, latest);
}

/** A marker that counting has passed. Final results wait for a marker that was sent after their grace period, by its
 * number rather than its time: clocks can be set back, and then a time that was passed comes again. */
export interface Mark {
  /** Higher than that of every marker sent before. */
  number: number;
  /** Kafka's clock. What is appended behind the marker is later. */
  appendTime: Millis;
}

export interface PartitionBehind {
  partition: number;
  /** Null if nothing was ever counted. */
  countedUntil: Millis | null;
}

/** Partitions that final results wait for: those not counted past a marker that is late enough.
 * @param finalMark the least number of that marker; null until the grace period is over, and then it goes by the time
 * @param until Kafka's clock; what is appended later has come too late */
export function partitionsBehind(
  progress: ({ partition: number; mark: Mark } & LogPosition)[],
  partitions: number,
  finalMark: number | null,
  until: Millis,
): PartitionBehind[] {
  const counted = new Map(progress.map((one) => [one.partition, one]));
  return Array.from({ length: partitions }, (_, partition) => partition).flatMap((partition) => {
    const { mark, appendTime } = counted.get(partition) ?? { appendTime: null };
    const isPast =
      finalMark === null
        ? (appendTime ?? 0) > until
        : mark !== undefined && mark.number >= finalMark && mark.appendTime > until;
    return isPast ? [] : [{ partition, countedUntil: appendTime }];
  });
}
