import { invalidField } from '../errors.ts';
import type { HttpEvent } from './types.ts';

const FIELD = 'Idempotency-Key';
const MOST_CHARACTERS = 255;

/** The name that a client gives its request, to ask again without asking twice; undefined if it gives none.
 * @throws {RefusedError} `invalid_request` for an empty or a long one */
export function idempotencyKey({ headers }: HttpEvent): string | undefined {
  const key = headers['idempotency-key']?.trim();
  if (key === undefined || (key.length > 0 && key.length <= MOST_CHARACTERS)) return key;
  throw invalidField(FIELD, `must have 1 to ${MOST_CHARACTERS} characters.`);
}
