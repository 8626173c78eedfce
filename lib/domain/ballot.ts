import type { VotingWindow } from './poll.ts';

/** What has to be known of a poll to take a ballot. */
export interface PollRules {
  /** When votes are taken, in order of time. A poll that was reopened has several. */
  windows: VotingWindow[];
  /** The database has seen its end, whatever the clock here says. */
  isClosed: boolean;
  /** By position, in lower case. */
  optionIds: string[];
  maxChoices: number;
  allowChange: boolean;
}

export type BallotRefusal =
  | 'poll_not_found'
  | 'poll_not_open'
  | 'poll_closed'
  | 'unknown_option'
  | 'too_many_choices'
  | 'empty_ballot';

export type Judgement =
  /** `choices` has a bit per option position; 0 withdraws. */
  { fits: true; choices: number } | { fits: false; code: BallotRefusal };

function refuse(code: BallotRefusal): Judgement {
  return { fits: false, code };
}

/** Whether votes are taken at this moment, in milliseconds since 1970. */
export function whenVotesAreTaken(
  windows: VotingWindow[],
  at: number,
): 'open' | 'poll_not_open' | 'poll_closed' {
  if (windows.some(({ start, end }) => start <= at && at < end)) return 'open';
  const [first] = windows;
  return first !== undefined && at < first.start ? 'poll_not_open' : 'poll_closed';
}

/** Judges what can be judged before the vote is counted: the time, then the choices. Whether
 * the voter has voted before turns out later.
 * @param optionIds the same one twice counts once
 * @param at milliseconds since 1970, with fractions */
export function judgeBallot(rules: PollRules, optionIds: string[], at: number): Judgement {
  const time = whenVotesAreTaken(rules.windows, at);
  if (time !== 'open') return refuse(time);
  if (rules.isClosed) return refuse('poll_closed');
  const positions = new Set(optionIds.map((id) => rules.optionIds.indexOf(id.toLowerCase())));
  if (positions.has(-1)) return refuse('unknown_option');
  if (positions.size > rules.maxChoices) return refuse('too_many_choices');
  if (positions.size === 0 && !rules.allowChange) return refuse('empty_ballot');
  // Powers of two, not shifts: JavaScript shifts 32 bits, and a poll has up to 50 options.
  return { fits: true, choices: [...positions].reduce((mask, position) => mask + 2 ** position, 0) };
}
