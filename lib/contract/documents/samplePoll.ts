import type { BoardEntry } from '../../domain/leaderboard.ts';
import type { Poll } from '../../domain/poll.ts';
import type { Results } from '../../domain/results.ts';
import type { CastVoteResponse, CreatedPoll, VoteStatusResponse } from '../messageTypes.ts';

/** One poll through all examples of both documents, so that a reader recognises it. */

export const TEA = '0190a5d8-c0de-7000-8000-000000000001';
export const COFFEE = '0190a5d8-c0de-7000-8000-000000000002';

export const RECEIPT = 'k1.3q2-7wAAkH0sU5yYb1ZxQ0Fh2kq9mXo1c8vTn4pLrEwJ6dGiBzHs0uRfCtVaKyMe';

export const CURSOR = 'MDE5MGE1ZDgtYzBkZS03MDAwLTgwMDAtMDAwMDAwMDBhYmNk';

export const ETAG = '"XJ1n0bq4mPZrS7kTf2vYdLw9cEa"';

const question = 'Tea or coffee?';
const created_at = '2030-01-31T12:00:00.000Z';
export const ENDS_AT = '2030-01-31T12:10:00.000Z';

const options = [
  { option_id: TEA, option_text: 'Tea', position: 0, vote_count: 3 },
  { option_id: COFFEE, option_text: 'Coffee', position: 1, vote_count: 1 },
];

export const poll: Poll = {
  id: '0190a5d8-c0de-7000-8000-00000000abcd',
  code: '7K2MXQ',
  question,
  status: 'open',
  options,
  total_votes: 4,
  max_choices: 1,
  allow_change: false,
  results_visibility: 'always',
  listed: true,
  created_at,
  opens_at: null,
  expired_at: ENDS_AT,
  closed_at: null,
  is_final: false,
  version: 7,
};

export const finalPoll: Poll = { ...poll, status: 'closed', closed_at: ENDS_AT, is_final: true, version: 9 };

export const createdPoll: CreatedPoll = {
  ...poll,
  options: options.map((option) => ({ ...option, vote_count: 0 })),
  total_votes: 0,
  version: 1,
  admin_token: 'k1.pZ8mXn2TqYc4vWb6eRf9sLj1aHd3gKu5iOo7xCzQwEr',
  webhook_secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
};

export const results: Results = {
  poll_id: poll.id,
  question,
  status: poll.status,
  is_final: false,
  closed_at: null,
  total_votes: 4,
  version: 7,
  options: options.map((option) => ({ ...option, share: option.vote_count / 4 })),
};

export const boardEntry: BoardEntry = {
  rank: 1,
  poll_id: poll.id,
  poll_question: question,
  option_id: TEA,
  option_text: 'Tea',
  position: 0,
  vote_count: 3,
};

export const accepted: CastVoteResponse = { status: 'accepted', receipt: RECEIPT, poll_id: poll.id };
export const counted: CastVoteResponse = { ...accepted, status: 'counted' };
export const rejected: VoteStatusResponse = {
  status: 'rejected',
  reason: 'already_voted',
  poll_id: poll.id,
};
