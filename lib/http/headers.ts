import Negotiator from 'negotiator';
import { MAX_WAIT_SECONDS } from '../contract/limits.ts';
import { invalidField, RefusedError } from '../errors.ts';
import type { HttpEvent } from './respond.ts';

const FIELD = 'Idempotency-Key';
const MOST_CHARACTERS = 255;

/** The name that a client gives its request, to ask again without asking twice; undefined if it gives none.
 * @throws {RefusedError} `invalid_request` for an empty or a long one */
export function idempotencyKey({ headers }: HttpEvent): string | undefined {
  const key = headers['idempotency-key']?.trim();
  if (key === undefined || (key.length > 0 && key.length <= MOST_CHARACTERS)) return key;
  throw invalidField(FIELD, `must have 1 to ${MOST_CHARACTERS} characters.`);
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

// Who asks for `text/csv; charset=utf-8` is content with text/csv.
const PARAMETERS_BUT_QUALITY = /;\s*(?!q\s*=)[^;,]*/gi;

/** Of the media types that there are, the one that the client likes best; the first, if it does not say.
 * @throws {RefusedError} `not_acceptable` if it likes none */
export function acceptedType<T extends string>({ headers }: HttpEvent, available: readonly T[]): T {
  const accept = headers['accept']?.replace(PARAMETERS_BUT_QUALITY, '');
  const [best] = new Negotiator({ headers: { accept } }).mediaTypes(available);
  const type = available.find((one) => one === best);
  if (type !== undefined) return type;
  throw new RefusedError('not_acceptable', `This can be had as ${available.join(' or ')}.`);
}
