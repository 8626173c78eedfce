import type { BallotRefusal } from '../domain/ballot.ts';
import type { RejectionReason } from '../domain/voteStatus.ts';
import { RefusedError } from '../errors.ts';

const DETAILS: Record<BallotRefusal | RejectionReason, string> = {
  poll_not_found: 'There is no such poll.',
  poll_not_open: 'Voting has not begun yet.',
  poll_closed: 'Voting is over.',
  unknown_option: 'The poll has no such option.',
  too_many_choices: 'That is more choices than the poll allows.',
  empty_ballot: 'At least one option has to be chosen.',
  already_voted: 'This voter has voted in this poll before.',
  poll_deleted: 'The poll was deleted.',
};

/** The error that tells a client why its ballot does not count. */
export function refusedBallot(code: BallotRefusal | RejectionReason): RefusedError {
  return new RefusedError(code, DETAILS[code]);
}
