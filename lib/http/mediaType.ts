import Negotiator from 'negotiator';
import { RefusedError } from '../errors.ts';
import type { HttpEvent } from './respond.ts';

// `text/csv` satisfies a client that accepts `text/csv; charset=utf-8`.
const PARAMETERS_BUT_QUALITY = /;(?!\s*q\s*=)[^;,]*/gi;

/** Negotiates the media type; the first is the default, also for an empty header, which names none.
 * @throws {RefusedError} `not_acceptable` */
export function acceptedType<T extends string>({ headers }: HttpEvent, available: readonly T[]): T {
  const accept = headers['accept']?.replace(PARAMETERS_BUT_QUALITY, '').trim() || undefined;
  const [best] = new Negotiator({ headers: { accept } }).mediaTypes(available);
  const type = available.find((one) => one === best);
  if (type !== undefined) return type;
  throw new RefusedError('not_acceptable', `Available formats: ${available.join(', ')}.`);
}
