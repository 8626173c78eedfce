import { BOARD_SIZE } from '../domain/leaderboard.ts';

/** Limits of the API; limits of single texts are in their schemas. */

/** Fits every poll within the limits, also with its umlauts as JSON escapes. */
export const MAX_BODY_BYTES = 64 * 1_024;

/** A key gives access to the poll's owner token, so it must be hard to guess. A UUID has 36 characters. */
export const IDEMPOTENCY_KEY = { min: 22, max: 255 };

/** API Gateway closes connections that send larger frames; the emulator accepts any size. */
export const MAX_FRAME_BYTES = 32 * 1_024;

/** A request id is stored with its vote, and thousands share one Kafka record. */
export const MAX_REQUEST_ID_BYTES = 100;

/** JSON Schema form. Control characters are excluded because JSON encodes them in six bytes. */
export const REQUEST_ID_PATTERN = '^[^\\u0000-\\u001f\\u007f-\\u009f]*$';

export const MAX_WAIT_SECONDS = 10;

/** Per connection. Bounds what each tick can send to a client. */
export const MAX_SUBSCRIPTIONS = 50;

export const MAX_QUESTION_CHARACTERS = 500;

export const OPTIONS = { min: 2, max: 50 };

/** How often a viewer reads a poll that it follows. With a cache that holds it for a second, 99 of 100 see what is less
 * than three seconds old (`npm run bench -- follow`); reading more often costs more than it shows. */
export const FOLLOW_EVERY_MS = 1_800;

/** Polls per page. */
export const PAGE_LIMIT = { min: 1, max: 100, default: 20 };

export const BOARD_LIMIT = { min: 1, max: 100, default: BOARD_SIZE };

const pattern = new RegExp(REQUEST_ID_PATTERN);

export function isRequestId(text: string): boolean {
  const isShort = Buffer.byteLength(text) <= MAX_REQUEST_ID_BYTES;
  return isShort && text.isWellFormed() && pattern.test(text);
}
