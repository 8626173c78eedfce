import type { LogPosition } from '../domain/voteStatus.ts';
import type { Ballot } from '../kafka/ballotRecord.ts';

export interface LoggedBallot extends Ballot, LogPosition {}

/** Ballots as arrays for `unnest`. A poll's id is in there once, and each ballot says its place in that list. */
export interface BallotColumns {
  pollIds: string[];
  place: number[];
  voterKey: string[];
  choices: number[];
  acceptedAt: number[];
  /** These two are shorter: SQL fills them up with nulls, for ballots that may not change. */
  appendTime: number[];
  offset: number[];
}

/** Those that may change come first: only they need their position in the log. */
export function toColumns(ballots: LoggedBallot[]): BallotColumns {
  const places = new Map<string, number>();
  const placeOf = (pollId: string) => {
    const place = places.get(pollId) ?? places.size + 1;
    places.set(pollId, place);
    return place;
  };
  const changeable = ballots.filter(({ mayChange }) => mayChange);
  const all = changeable.length === 0 ? ballots : [...changeable, ...ballots.filter((one) => !one.mayChange)];
  const place = all.map(({ pollId }) => placeOf(pollId));
  return {
    pollIds: [...places.keys()],
    place,
    voterKey: all.map(({ voterKey }) => voterKey),
    choices: all.map(({ choices }) => choices),
    acceptedAt: all.map(({ acceptedAt }) => acceptedAt),
    appendTime: changeable.map(({ appendTime }) => appendTime),
    offset: changeable.map(({ offset }) => offset),
  };
}
