import Negotiator from 'negotiator';
import { RefusedError } from '../errors.ts';
import type { HttpEvent } from './respond.ts';

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
