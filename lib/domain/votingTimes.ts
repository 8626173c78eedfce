import type { Window } from './poll.ts';

/** When votes were and will be taken. Times are milliseconds since 1970. Whatever changes them changes nothing
 * before `now`: a ballot that was in time stays so, and one that was refused stays refused, also when it is
 * judged again later. */
export interface VotingTimes {
  /** In order of time; each ended before the next began. */
  earlier: Window[];
  latest: Window;
  /** The opening that readers are told of; null where votes were taken from the poll's creation on. */
  opensAt: number | null;
}

export function isOver({ latest }: VotingTimes, now: number): boolean {
  return latest.end <= now;
}

/** Ends voting now; what is over stays as it was. A poll that has not opened yet keeps an empty window, because
 * even then its voting has an end. */
export function closeNow(times: VotingTimes, now: number): VotingTimes {
  if (isOver(times, now)) return times;
  return { ...times, latest: { start: Math.min(times.latest.start, now), end: now } };
}

/** Moves the end of voting. What is over opens again, with a new window from now on; or, if it was closed before
 * it ever opened, at the opening it had, should that still be ahead.
 * @returns undefined if no time would be left to vote */
export function moveEnd(times: VotingTimes, end: number, now: number): VotingTimes | undefined {
  const moved = isOver(times, now) ? reopen(times, end, now) : { ...times, latest: { ...times.latest, end } };
  return end > Math.max(moved.latest.start, now) ? moved : undefined;
}

function reopen({ earlier, latest, opensAt }: VotingTimes, end: number, now: number): VotingTimes {
  const taken = [...earlier, latest].filter((one) => one.start < one.end);
  if (taken.length > 0) return { earlier: taken, latest: { start: now, end }, opensAt };
  const start = Math.max(opensAt ?? now, now);
  return { earlier: [], latest: { start, end }, opensAt: start };
}
