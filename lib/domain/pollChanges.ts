import {
  closeFrom,
  inForceFrom,
  isOver,
  LEAD_MS,
  moveEnd,
  moveOpening,
  type VotingTimes,
  votingFrom,
} from './votingWindows.ts';

export interface ChangeablePoll {
  question: string;
  options: string[];
  times: VotingTimes;
  /** The end shown to readers, in milliseconds since 1970. Closing earlier does not change it. */
  expiredAt: number;
  isListed: boolean;
}

/** An end as a client asks for it: milliseconds since 1970, or seconds of voting. */
interface AskedEnd {
  expired_at?: number | undefined;
  expires_in?: number | undefined;
}

/** @param votingFrom milliseconds since 1970: now, or the opening if that is ahead */
export function askedEnd({ expired_at, expires_in }: AskedEnd, votingFrom: number): number | undefined {
  return expires_in === undefined ? expired_at : votingFrom + expires_in * 1_000;
}

/** An owner's request; times are milliseconds since 1970. */
export interface PollChanges extends AskedEnd {
  closed?: true | undefined;
  opens_at?: number | undefined;
  question?: string | undefined;
  options?: string[] | undefined;
  listed?: boolean | undefined;
}

/** Whether a poll with this state version is still as its owner saw it. */
export type IsAsSeen = (stateVersion: number) => boolean;

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
      /** True only while no vote is counted, so that results show what people voted for. */
      isTextChanged: boolean;
      timesChange: TimesChange | null;
    }
  | Refusal;

interface Refusal {
  outcome: 'refused';
  field: string;
  detail: string;
}

const REFUSED_OPENING = `can be changed only before the poll opens, and cannot be postponed in the last ${LEAD_MS} ms.`;
const REFUSED_END = `must be after opens_at and in the future (by more than ${LEAD_MS} ms to reopen a poll).`;

function refuse(field: string, detail: string): Refusal {
  return { outcome: 'refused', field, detail };
}

/** Decides all changes of a request made at `now`. New times take effect `LEAD_MS` later. Requesting the
 * current state changes nothing, so a request can be repeated. */
export function decideChanges(poll: ChangeablePoll, changes: PollChanges, now: number): ChangeDecision {
  const { question = poll.question, options = poll.options, listed: isListed = poll.isListed } = changes;
  if (options.length !== poll.options.length) {
    return refuse('options', `must have ${poll.options.length} entries, like the poll.`);
  }
  const times = changedTimes(poll.times, changes, now);
  if ('outcome' in times) return times;

  const isSameText = (text: string, position: number) => text === poll.options[position];
  const isTextChanged = question !== poll.question || !options.every(isSameText);
  const areTimesChanged = times !== poll.times;
  if (!isTextChanged && !areTimesChanged && isListed === poll.isListed) return { outcome: 'unchanged' };
  const isEndMoved = changes.expired_at !== undefined || changes.expires_in !== undefined;
  const expiredAt = isEndMoved ? times.latest.end : poll.expiredAt;
  const timesChange = areTimesChanged
    ? { from: inForceFrom(poll.times, times), isReopened: times.latest.end > now + LEAD_MS }
    : null;
  const changed = { question, options, times, expiredAt, isListed };
  return { outcome: 'changed', poll: changed, isTextChanged, timesChange };
}

function changedTimes(times: VotingTimes, changes: PollChanges, now: number): VotingTimes | Refusal {
  const from = now + LEAD_MS;
  const { closed, opens_at: opening } = changes;
  if (closed) return closeFrom(times, from);
  const opened = opening === undefined ? times : moveOpening(times, opening, now);
  if (!opened) return refuse('opens_at', REFUSED_OPENING);
  const end = askedEnd(changes, votingFrom(opened, now));
  if (end !== undefined && end <= now) return refuse('expired_at', REFUSED_END);
  const isEndKept = end === undefined || isEndAsAsked(opened, end, now, from);
  const moved = isEndKept ? opened : moveEnd(opened, end, from);
  const isTimeLeft = moved !== undefined && (moved === times || moved.latest.start < moved.latest.end);
  if (isTimeLeft) return moved;
  return opened === times
    ? refuse('expired_at', REFUSED_END)
    : refuse('opens_at', 'must be before the end of voting.');
}

/** An end that no change can precede stays if it is no later than the requested one. Otherwise repeating a
 * request to end soon would reopen the poll. */
function isEndAsAsked(times: VotingTimes, end: number, now: number, from: number): boolean {
  if (isOver(times, now)) return false;
  return end === times.latest.end || (isOver(times, from) && end < times.latest.end);
}
