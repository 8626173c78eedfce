import { createHash } from 'node:crypto';
import { dashed, hexOf } from '../domain/pollId.ts';
import { invalidField } from '../errors.ts';
import type { Headers, HttpEvent } from './respond.ts';

const WHOLE = /^\d{1,9}$/;

type Query = Record<string, string | undefined> | undefined;

/** Reads a boolean query parameter, false by default.
 * @throws {RefusedError} `invalid_request` unless it is true or false */
export function queryFlag(query: Query, name: string): boolean {
  const text = query?.[name] ?? 'false';
  if (text === 'true' || text === 'false') return text === 'true';
  throw invalidField(name, 'must be true or false.');
}

/** Reads a whole number from the query.
 * @throws {RefusedError} `invalid_request` if malformed or out of range */
export function queryNumber(
  query: Query,
  name: string,
  limits: { min: number; max: number; default: number },
): number {
  const text = query?.[name];
  if (text === undefined) return limits.default;
  const value = WHOLE.test(text) ? Number(text) : Number.NaN;
  if (value >= limits.min && value <= limits.max) return value;
  throw invalidField(name, `must be a whole number from ${limits.min} to ${limits.max}.`);
}

/** The query that a cursor belongs to; another status or text is another list. */
export interface ListQuery {
  status: string;
  text: string;
}

const ID_BYTES = 16;
const QUERY_BYTES = 8;
// Whole groups of three bytes, so each cursor has one spelling.
const CURSOR = /^[\w-]{32}$/;

function digest({ status, text }: ListQuery): Buffer {
  const whole = createHash('sha256')
    .update(JSON.stringify([status, text]))
    .digest();
  return whole.subarray(0, QUERY_BYTES);
}

/** @param pollId of the last poll on this page */
export function writeCursor(query: ListQuery, pollId: string): string {
  const id = Buffer.from(hexOf(pollId), 'hex');
  return Buffer.concat([id, digest(query)]).toString('base64url');
}

/** Returns the id of the previous page's last poll.
 * @throws {RefusedError} `invalid_request` for a foreign cursor */
export function readCursor(query: ListQuery, cursor: string): string {
  const bytes = Buffer.from(CURSOR.test(cursor) ? cursor : '', 'base64url');
  if (!bytes.subarray(ID_BYTES).equals(digest(query))) {
    throw invalidField('cursor', 'must be the next_cursor of a page with the same status and q.');
  }
  return dashed(bytes.toString('hex', 0, ID_BYTES));
}

/** Links the next page (RFC 8288), for formats without room for a cursor. */
export function nextPageLink(
  { rawPath, queryStringParameters }: HttpEvent,
  cursor: string | null | undefined,
): Headers {
  if (!cursor) return {};
  const query = new URLSearchParams({ ...queryStringParameters, cursor } as Record<string, string>);
  return { link: `<${rawPath}?${query}>; rel="next"` };
}
