import type { VotingWindow } from './poll.ts';

/** A change of windows takes effect so far ahead of its decision. The database refuses its commit in the last half
 * of it (see the migration): then whoever counts sees it before it matters, though commits take time and clocks
 * differ by some milliseconds. */
export const LEAD_MS = 1_000;

/** When votes were and will be taken. Times are milliseconds since 1970. Whatever changes them changes nothing
 * before `from`, a moment that is still ahead when the change commits: a ballot that was in time stays so, and one
 * that was refused stays refused, also when it is judged again later. */
export interface VotingTimes {
  /** In order of time; each ended before the next began. */
  earlier: VotingWindow[];
  latest: VotingWindow;
  /** The opening that readers are told of; null where votes were taken from the poll's creation on. */
  opensAt: number | null;
}

export function isOver({ latest }: VotingTimes, at: number): boolean {
  return latest.end <= at;
}

/** Ends voting at `from`; what is over by then stays as it was. A poll that has not opened by then keeps an empty
 * window, because even then its voting has an end. */
export function closeFrom(times: VotingTimes, from: number): VotingTimes {
  if (isOver(times, from)) return times;
  return { ...times, latest: { start: Math.min(times.latest.start, from), end: from } };
}

/** Moves the end of voting, to `from` at the earliest. What is over by then opens again, with a new window from then
 * on; or, if it was closed before it ever opened, at the opening it had, should that still be ahead.
 * @returns undefined if no time would be left to vote */
export function moveEnd(times: VotingTimes, end: number, from: number): VotingTimes | undefined {
  if (isOver(times, from)) {
    const reopened = reopen(times, end, from);
    return end > reopened.latest.start ? reopened : undefined;
  }
  if (end <= times.latest.start) return undefined;
  return { ...times, latest: { ...times.latest, end: Math.max(end, from) } };
}

function reopen({ earlier, latest, opensAt }: VotingTimes, end: number, from: number): VotingTimes {
  const taken = [...earlier, latest].filter((one) => one.start < one.end);
  if (taken.length > 0) return { earlier: taken, latest: { start: from, end }, opensAt };
  const start = Math.max(opensAt ?? from, from);
  return { earlier: [], latest: { start, end }, opensAt: start };
}

/** The first moment at which votes are judged otherwise than before. */
export function inForceFrom(before: VotingTimes, after: VotingTimes): number {
  const isSameWindow = after.latest.start === before.latest.start;
  return isSameWindow ? Math.min(before.latest.end, after.latest.end) : after.latest.start;
}
