import { IDEMPOTENCY_KEY, MAX_WAIT_SECONDS } from '../contract/limits.ts';
import { invalidField } from '../errors.ts';
import type { HttpEvent } from './respond.ts';

const FIELD = 'Idempotency-Key';
const VISIBLE_ASCII = /^[!-~]*$/;

/** Reads the idempotency key; undefined if there is none.
 * @throws {RefusedError} `invalid_request` for a key that is short, long or not visible ASCII */
export function idempotencyKey({ headers }: HttpEvent): string | undefined {
  const key = headers['idempotency-key']?.trim();
  const { min, max } = IDEMPOTENCY_KEY;
  if (key === undefined) return key;
  if (VISIBLE_ASCII.test(key) && key.length >= min && key.length <= max) return key;
  throw invalidField(FIELD, `must have ${min} to ${max} visible ASCII characters; a UUID is recommended.`);
}

// A preference is a token with an optional value (token or quoted text) and optional parameters after ";".
// Quoted text may contain commas, so splitting at commas is wrong. Quoted text without an end goes to the end of the
// header: if it did not match, every quote would be tried as a beginning.
const PREFERENCE = /(?:[^,"]|"(?:[^"\\]|\\.)*(?:"|\\?$))+/gs;
const WAIT = /^\s*wait\s*=\s*(?:"(\d+)"|(\d+))\s*(?:;|$)/i;

/** Seconds to wait for the outcome (`Prefer: wait=n`, RFC 7240), ten at most. The first `wait` counts, and
 * RFC 7240 ignores malformed preferences. */
export function preferredWait(prefer: string | undefined): number {
  const preferences = prefer?.match(PREFERENCE) ?? [];
  const first = preferences.find((preference) => /^\s*wait\s*(?:[=;]|$)/i.test(preference));
  const [, quoted, plain] = WAIT.exec(first ?? '') ?? [];
  return Math.min(Number(quoted ?? plain ?? 0), MAX_WAIT_SECONDS);
}
