import type { VotingWindow } from './poll.ts';

/** Changes of windows take effect this long after the decision. The database rejects commits in the last half
 * of it (see the migration 0010_windows_ahead.sql), so every consumer sees a change in time despite slow commits and
 * clock differences. */
export const LEAD_MS = 1_000;

/** How long castVote uses rules that it has read. A change and a deletion are answered no sooner than this after their
 * commit, so no vote that is sent after the answer is accepted by older rules. Shorter than `LEAD_MS`, so that closing
 * waits no longer; a hot poll costs each process one small query in this time. */
export const RULES_FRESH_MS = 900;

/** When votes are accepted, in milliseconds since 1970. A change applies from a moment that is still ahead
 * when it commits, so judging a ballot again never changes the outcome. */
export interface VotingTimes {
  /** In order of time, without overlaps. */
  earlier: VotingWindow[];
  latest: VotingWindow;
  /** The opening shown to readers; null if the poll opened on creation. */
  opensAt: number | null;
}

export function isOver({ latest }: VotingTimes, at: number): boolean {
  return latest.end <= at;
}

/** A poll that has not opened by `from` keeps an empty window, because every poll needs an end of voting. */
export function closeFrom(times: VotingTimes, from: number): VotingTimes {
  if (isOver(times, from)) return times;
  return { ...times, latest: { start: Math.min(times.latest.start, from), end: from } };
}

/** Moves an opening that is still ahead, possibly past the end. A past opening means now.
 * @returns undefined if the poll has opened, opens too soon to be moved, or is over */
export function moveOpening(times: VotingTimes, opening: number, now: number): VotingTimes | undefined {
  const from = now + LEAD_MS;
  const { start, end } = times.latest;
  if (isOver(times, from)) return undefined;
  // No change can open it sooner.
  if (start <= from) return opening <= Math.max(start, now) ? times : undefined;
  const opensAt = Math.max(opening, from);
  return opensAt === start ? times : { ...times, latest: { start: opensAt, end }, opensAt };
}

/** When voting starts or goes on if the end moves. */
export function votingFrom(times: VotingTimes, now: number): number {
  const from = now + LEAD_MS;
  const { latest } = isOver(times, from) ? reopen(times, Number.POSITIVE_INFINITY, from) : times;
  return Math.max(latest.start, now);
}

/** If voting is over by `from`, it reopens: in a new window, or, if the poll was closed before it opened, at
 * its original opening if that is still ahead.
 * @returns undefined if no time to vote would be left */
export function moveEnd(times: VotingTimes, end: number, from: number): VotingTimes | undefined {
  if (isOver(times, from)) {
    const reopened = reopen(times, end, from);
    return end > reopened.latest.start ? reopened : undefined;
  }
  if (end <= times.latest.start) return undefined;
  return { ...times, latest: { ...times.latest, end: Math.max(end, from) } };
}

function reopen({ earlier, latest, opensAt }: VotingTimes, end: number, from: number): VotingTimes {
  const taken = [...earlier, latest].filter(takesVotes);
  if (taken.length > 0) return { earlier: taken, latest: { start: from, end }, opensAt };
  const start = Math.max(opensAt ?? from, from);
  return { earlier: [], latest: { start, end }, opensAt: start };
}

const takesVotes = ({ start, end }: VotingWindow) => start < end;

/** The first moment that the change judges differently. */
export function inForceFrom(before: VotingTimes, after: VotingTimes): number {
  const old = [...before.earlier, before.latest].filter(takesVotes);
  const place = after.earlier.findIndex(({ end }, index) => end !== old[index]?.end);
  const index = place === -1 ? after.earlier.length : place;
  const [was, is] = [old[index], after.earlier[index] ?? after.latest];
  if (was?.start === is.start) return Math.min(was.end, is.end);
  return Math.min(was?.start ?? is.start, is.start);
}
