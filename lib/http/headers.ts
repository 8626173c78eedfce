import { MAX_WAIT_SECONDS } from '../contract/limits.ts';
import { invalidField } from '../errors.ts';
import type { HttpEvent } from './respond.ts';

const FIELD = 'Idempotency-Key';
const MAX_CHARACTERS = 255;

/** The name that a client gives its request, to ask again without asking twice; undefined if it gives none.
 * @throws {RefusedError} `invalid_request` for an empty or a long one */
export function idempotencyKey({ headers }: HttpEvent): string | undefined {
  const key = headers['idempotency-key']?.trim();
  if (key === undefined || (key.length > 0 && key.length <= MAX_CHARACTERS)) return key;
  throw invalidField(FIELD, `must have 1 to ${MAX_CHARACTERS} characters.`);
}

// A preference is a token, perhaps with a value (token or quoted text), perhaps with parameters after ";".
// Quoted text may hold commas, so the list cannot just be split at them.
const PREFERENCE = /(?:[^,"]|"(?:[^"\\]|\\.)*")+/g;
const WAIT = /^\s*wait\s*=\s*(?:"(\d+)"|(\d+))\s*(?:;|$)/i;

/** How many seconds a client asks to wait for the outcome (`Prefer: wait=n`, RFC 7240), at most ten. The first
 * `wait` counts; whatever cannot be read counts as nothing, as that standard has it. */
export function preferredWait(prefer: string | undefined): number {
  const preferences = prefer?.match(PREFERENCE) ?? [];
  const first = preferences.find((preference) => /^\s*wait\s*(?:[=;]|$)/i.test(preference));
  const [, quoted, plain] = WAIT.exec(first ?? '') ?? [];
  return Math.min(Number(quoted ?? plain ?? 0), MAX_WAIT_SECONDS);
}
