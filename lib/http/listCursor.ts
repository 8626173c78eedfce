import { createHash } from 'node:crypto';
import { dashed } from '../domain/uuid.ts';
import { invalidField } from '../errors.ts';

/** What a cursor goes on with: another status or text is another list. */
export interface ListQuery {
  status: string;
  text: string;
}

const ID_BYTES = 16;
const QUERY_BYTES = 8;
// Whole groups of three bytes: each cursor has one spelling.
const CURSOR = /^[\w-]{32}$/;

function digest({ status, text }: ListQuery): Buffer {
  const whole = createHash('sha256')
    .update(JSON.stringify([status, text]))
    .digest();
  return whole.subarray(0, QUERY_BYTES);
}

/** Where the next page of a list begins.
 * @param pollId of the last poll of this page */
export function writeCursor(query: ListQuery, pollId: string): string {
  const id = Buffer.from(pollId.replaceAll('-', ''), 'hex');
  return Buffer.concat([id, digest(query)]).toString('base64url');
}

/** The id of the last poll of the page before.
 * @throws {RefusedError} `invalid_request` for what is no cursor of this list */
export function readCursor(query: ListQuery, cursor: string): string {
  const bytes = Buffer.from(CURSOR.test(cursor) ? cursor : '', 'base64url');
  if (!bytes.subarray(ID_BYTES).equals(digest(query))) {
    throw invalidField('cursor', 'must be the next_cursor of a page with the same status and q.');
  }
  return dashed(bytes.toString('hex', 0, ID_BYTES));
}
