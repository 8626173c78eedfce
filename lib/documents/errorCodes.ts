import type { ErrorCode } from '../errors.ts';

/** When a client meets each code. */
export const ERROR_CODES: Record<ErrorCode, string> = {
  invalid_request: 'The request is not as described; `errors` names every faulty field.',
  unauthorized: 'No credentials came with the request, or a token that does not hold.',
  forbidden: 'The credentials do not allow this.',
  not_found: 'There is nothing at this path.',
  poll_not_found: 'There is no such poll; an id that is no UUID names none either.',
  receipt_not_found: 'The receipt was not issued here.',
  method_not_allowed: 'The path takes other methods; `Allow` lists them.',
  not_acceptable: 'The answer exists in none of the formats that were asked for.',
  already_voted: 'This voter has voted in this poll before.',
  poll_closed: 'Voting is over.',
  poll_not_open: 'Voting has not begun yet.',
  poll_deleted: 'The poll was deleted.',
  has_votes: 'Votes have been counted, so question and options stay as they are.',
  payload_too_large: 'The body or the frame is too large.',
  unsupported_media_type: 'The body is not `application/json`.',
  unknown_option: 'The poll has no such option.',
  too_many_choices: 'That is more choices than the poll allows.',
  empty_ballot: 'At least one option has to be chosen.',
  idempotency_key_reused: 'Another poll was made under this `Idempotency-Key`.',
  unknown_action: 'There is no such action.',
  too_many_subscriptions: 'The connection watches as many polls as it may.',
  unavailable: 'What is needed for this does not answer right now. Trying again is safe.',
  internal_error: 'Something is wrong on this side.',
};

/** A Markdown list. */
export function describeCodes(codes: readonly ErrorCode[]): string {
  return codes.map((code) => `- \`${code}\`: ${ERROR_CODES[code]}`).join('\n');
}
