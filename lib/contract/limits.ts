import { BOARD_SIZE } from '../domain/leaderboard.ts';

/** Limits of the interface; those of single texts stand with their schemas. */

export const MAX_BODY_BYTES = 16 * 1_024;

/** API Gateway closes connections that send larger frames; the emulator would take anything. */
export const MAX_FRAME_BYTES = 32 * 1_024;

/** A request id travels with a vote and comes back with its outcome; thousands share one record. */
export const MAX_REQUEST_ID_BYTES = 100;

/** As a JSON schema says it. A control character takes six bytes in JSON. */
export const REQUEST_ID_PATTERN = '^[^\\u0000-\\u001f\\u007f-\\u009f]*$';

/** Of `Prefer: wait=n`. */
export const MAX_WAIT_SECONDS = 10;

/** Of a connection. Keeps what a client watches, and what every tick sends it, within bounds. */
export const MAX_SUBSCRIPTIONS = 50;

export const MAX_QUESTION_CHARACTERS = 500;

export const OPTIONS = { min: 2, max: 50 };

/** Polls on a page of a list. */
export const PAGE_LIMIT = { min: 1, max: 100, default: 20 };

/** Entries of the leaderboard. */
export const BOARD_LIMIT = { min: 1, max: 100, default: BOARD_SIZE };

const pattern = new RegExp(REQUEST_ID_PATTERN);

export function isRequestId(text: string): boolean {
  const isShort = Buffer.byteLength(text) <= MAX_REQUEST_ID_BYTES;
  return isShort && text.isWellFormed() && pattern.test(text);
}
