import { closeFrom, inForceFrom, isOver, LEAD_MS, moveEnd, type VotingTimes } from './votingWindows.ts';

export interface ChangeablePoll {
  question: string;
  options: string[];
  times: VotingTimes;
  /** The end shown to readers, in milliseconds since 1970. Closing earlier does not change it. */
  expiredAt: number;
  isListed: boolean;
}

/** An owner's request; times are milliseconds since 1970. */
export interface PollChanges {
  closed?: true | undefined;
  expired_at?: number | undefined;
  question?: string | undefined;
  options?: string[] | undefined;
  listed?: boolean | undefined;
}

export interface TimesChange {
  /** Milliseconds since 1970: when the change takes effect. Votes before it are judged by the old times. */
  from: number;
  isReopened: boolean;
}

export type ChangeDecision =
  | { outcome: 'unchanged' }
  | {
      outcome: 'changed';
      poll: ChangeablePoll;
      /** Only while no vote is counted, so that results show what people voted for. */
      isTextChanged: boolean;
      timesChange: TimesChange | null;
    }
  | { outcome: 'refused'; field: string; detail: string };

const REFUSED_END = `must be after opens_at and in the future (by more than ${LEAD_MS} ms to reopen a poll).`;

function refuse(field: string, detail: string): ChangeDecision {
  return { outcome: 'refused', field, detail };
}

/** Decides all changes of a request made at `now`. New times take effect `LEAD_MS` later. Requesting the
 * current state changes nothing, so a request can be repeated. */
export function decideChanges(poll: ChangeablePoll, changes: PollChanges, now: number): ChangeDecision {
  const { question = poll.question, options = poll.options, listed: isListed = poll.isListed } = changes;
  const { expired_at: end } = changes;
  if (options.length !== poll.options.length) {
    return refuse('options', `must have ${poll.options.length} entries, like the poll.`);
  }
  const from = now + LEAD_MS;
  const times = end !== undefined && end <= now ? undefined : changedTimes(poll.times, changes, now, from);
  if (!times) return refuse('expired_at', REFUSED_END);

  const isSameText = (text: string, position: number) => text === poll.options[position];
  const isTextChanged = question !== poll.question || !options.every(isSameText);
  const areTimesChanged = times !== poll.times;
  if (!isTextChanged && !areTimesChanged && isListed === poll.isListed) return { outcome: 'unchanged' };
  const expiredAt = end === undefined ? poll.expiredAt : times.latest.end;
  const timesChange = areTimesChanged
    ? { from: inForceFrom(poll.times, times), isReopened: times.latest.end > from }
    : null;
  const changed = { question, options, times, expiredAt, isListed };
  return { outcome: 'changed', poll: changed, isTextChanged, timesChange };
}

function changedTimes(
  times: VotingTimes,
  { closed, expired_at: end }: PollChanges,
  now: number,
  from: number,
) {
  if (closed) return closeFrom(times, from);
  if (end === undefined || isEndAsAsked(times, end, now, from)) return times;
  return moveEnd(times, end, from);
}

/** An end that no change can precede stays if it is no later than the requested one. Otherwise repeating a
 * request to end soon would reopen the poll. */
function isEndAsAsked(times: VotingTimes, end: number, now: number, from: number): boolean {
  if (isOver(times, now)) return false;
  return end === times.latest.end || (isOver(times, from) && end < times.latest.end);
}
