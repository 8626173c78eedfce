import type { Ballot } from '../kafka/ballotRecord.ts';

/** Ballots as arrays for `unnest`. A poll's id is in there once, and each ballot says its place in that list. */
export interface BallotColumns {
  pollIds: string[];
  place: number[];
  voterKey: string[];
  choices: number[];
  acceptedAt: number[];
}

/** @param ballots in the order of the log */
export function toColumns(ballots: Ballot[]): BallotColumns {
  const places = new Map<string, number>();
  const placeOf = (pollId: string) => {
    const place = places.get(pollId) ?? places.size + 1;
    places.set(pollId, place);
    return place;
  };
  const place = ballots.map(({ pollId }) => placeOf(pollId));
  return {
    pollIds: [...places.keys()],
    place,
    voterKey: ballots.map(({ voterKey }) => voterKey),
    choices: ballots.map(({ choices }) => choices),
    acceptedAt: ballots.map(({ acceptedAt }) => acceptedAt),
  };
}
