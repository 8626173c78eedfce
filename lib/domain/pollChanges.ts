import { closeFrom, inForceFrom, isOver, LEAD_MS, moveEnd, type VotingTimes } from './votingWindows.ts';

/** Of a poll, what its owner may change. */
export interface ChangeablePoll {
  question: string;
  /** Texts by position. */
  options: string[];
  times: VotingTimes;
  /** Milliseconds since 1970: the end that readers were told of. Closing the poll earlier leaves it. */
  expiredAt: number;
}

/** What its owner asks for; times are milliseconds since 1970. */
export interface PollChanges {
  closed?: true | undefined;
  expired_at?: number | undefined;
  question?: string | undefined;
  options?: string[] | undefined;
}

export interface TimesChange {
  /** Milliseconds since 1970: votes before it are judged as they were. */
  from: number;
  /** Whether votes are taken from then on, or will be. */
  isReopened: boolean;
}

export type ChangeDecision =
  | { outcome: 'unchanged' }
  | {
      outcome: 'changed';
      poll: ChangeablePoll;
      /** Only without any vote counted: whoever votes has to find in the results what they voted for. */
      isTextChanged: boolean;
      /** Null where no times change. */
      timesChange: TimesChange | null;
    }
  | { outcome: 'refused'; field: string; detail: string };

const REFUSED_END = `must be in the future, after opens_at, and if voting is over, by more than ${LEAD_MS} ms.`;

function refuse(field: string, detail: string): ChangeDecision {
  return { outcome: 'refused', field, detail };
}

/** What all of the changes together make of a poll that is asked for them at `now`. Times change `LEAD_MS` later.
 * Those that ask for what is already so are none, so a request can be sent again. */
export function decideChanges(poll: ChangeablePoll, changes: PollChanges, now: number): ChangeDecision {
  const { question = poll.question, options = poll.options, expired_at: end } = changes;
  if (options.length !== poll.options.length) {
    return refuse('options', `must have ${poll.options.length} entries, as the poll has.`);
  }
  const from = now + LEAD_MS;
  const times = end !== undefined && end <= now ? undefined : changedTimes(poll.times, changes, now, from);
  if (!times) return refuse('expired_at', REFUSED_END);

  const isSameText = (text: string, position: number) => text === poll.options[position];
  const isTextChanged = question !== poll.question || !options.every(isSameText);
  const areTimesChanged = times !== poll.times;
  if (!isTextChanged && !areTimesChanged) return { outcome: 'unchanged' };
  const expiredAt = end === undefined ? poll.expiredAt : times.latest.end;
  const timesChange = areTimesChanged
    ? { from: inForceFrom(poll.times, times), isReopened: times.latest.end > from }
    : null;
  return { outcome: 'changed', poll: { question, options, times, expiredAt }, isTextChanged, timesChange };
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

/** An end that comes before anything could change it stays, if it is no later than the one asked for: a request to
 * end soon that is sent again would otherwise reopen the poll. */
function isEndAsAsked(times: VotingTimes, end: number, now: number, from: number): boolean {
  if (isOver(times, now)) return false;
  return end === times.latest.end || (isOver(times, from) && end < times.latest.end);
}
