import { closeNow, isOver, moveEnd, type VotingTimes } from './votingTimes.ts';

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

export type ChangeDecision =
  | { outcome: 'unchanged' }
  | {
      outcome: 'changed';
      poll: ChangeablePoll;
      /** Only without any vote counted: whoever votes has to find in the results what they voted for. */
      isTextChanged: boolean;
      areTimesChanged: boolean;
    }
  | { outcome: 'refused'; field: string; detail: string };

function refuse(field: string, detail: string): ChangeDecision {
  return { outcome: 'refused', field, detail };
}

/** What all of the changes together make of a poll at `now`. Those that ask for what is already so are none, so
 * a request can be sent again. */
export function decideChanges(poll: ChangeablePoll, changes: PollChanges, now: number): ChangeDecision {
  const { question = poll.question, options = poll.options, expired_at: end } = changes;
  if (options.length !== poll.options.length) {
    return refuse('options', `must have ${poll.options.length} entries, as the poll has.`);
  }
  const times = changedTimes(poll.times, changes, now);
  if (!times) return refuse('expired_at', 'must be in the future, and after opens_at.');

  const isSameText = (text: string, position: number) => text === poll.options[position];
  const isTextChanged = question !== poll.question || !options.every(isSameText);
  const areTimesChanged = times !== poll.times;
  if (!isTextChanged && !areTimesChanged) return { outcome: 'unchanged' };
  const changed = { question, options, times, expiredAt: end ?? poll.expiredAt };
  return { outcome: 'changed', poll: changed, isTextChanged, areTimesChanged };
}

function changedTimes(times: VotingTimes, { closed, expired_at: end }: PollChanges, now: number) {
  if (closed) return closeNow(times, now);
  const isEndAsAsked = end === undefined || (end === times.latest.end && !isOver(times, now));
  return isEndAsAsked ? times : moveEnd(times, end, now);
}
