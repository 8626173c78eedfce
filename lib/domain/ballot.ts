import type { VotingWindow } from './poll.ts';
import type { HexId, Micros, Millis } from './units.ts';

/** What a voter chose, as the topic `votes` carries it. It contains the voter's keyed hash, never the id. */
export interface Ballot {
  pollId: HexId;
  /** 32 hex digits, see `voterKey`. As the record's key it keeps a voter's ballots in order. */
  voterKey: string;
  /** castVote's clock. It alone decides whether the poll was open and which of a
   * voter's ballots is the latest. */
  acceptedAt: Micros;
  /** One bit per option position; 0 withdraws. Positions are below 50, so it is a safe integer. */
  choices: number;
  /** Whether the poll allows changes: then the tally expects an earlier ballot of this voter. */
  mayChange: boolean;
  /** Names the question and options that it was accepted for, see `polls.wording`; 0 for the first ones. */
  wording: number;
}

export interface PollRules {
  /** Voting windows in order of time; a reopened poll has several. */
  windows: VotingWindow[];
  /** The database has closed the poll, whatever the local clock says. */
  isClosed: boolean;
  /** By position, in lower case. */
  optionIds: string[];
  maxChoices: number;
  allowChange: boolean;
  /** Names the present question and options, see `Ballot`. */
  wording: number;
}

export type BallotRefusal =
  | 'poll_not_found'
  | 'poll_not_open'
  | 'poll_closed'
  | 'unknown_option'
  | 'too_many_choices'
  | 'empty_ballot';

export type Judgement =
  /** `choices` has one bit per option position; 0 withdraws the vote. */
  { fits: true; choices: number } | { fits: false; code: BallotRefusal };

function refuse(code: BallotRefusal): Judgement {
  return { fits: false, code };
}

export function whenVotesAreTaken(
  windows: VotingWindow[],
  at: number,
): 'open' | 'poll_not_open' | 'poll_closed' {
  if (windows.some(({ start, end }) => start <= at && at < end)) return 'open';
  const [first] = windows;
  return first !== undefined && at < first.start ? 'poll_not_open' : 'poll_closed';
}

/** Judges the time, then the choices. Only counting detects a repeat vote.
 * @param optionIds duplicates count once
 * @param at with fractions of a millisecond */
export function judgeBallot(rules: PollRules, optionIds: string[], at: Millis): Judgement {
  const time = whenVotesAreTaken(rules.windows, at);
  if (time !== 'open') return refuse(time);
  if (rules.isClosed) return refuse('poll_closed');
  const positions = new Set(optionIds.map((id) => rules.optionIds.indexOf(id.toLowerCase())));
  if (positions.has(-1)) return refuse('unknown_option');
  if (positions.size > rules.maxChoices) return refuse('too_many_choices');
  if (positions.size === 0 && !rules.allowChange) return refuse('empty_ballot');
  // Powers of two, because JavaScript shifts only 32 bits and a poll has up to 50 options.
  return { fits: true, choices: [...positions].reduce((mask, position) => mask + 2 ** position, 0) };
}
