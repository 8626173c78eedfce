import { RefusedError } from '../errors.ts';

const WHOLE = /^\d{1,9}$/;

/** A whole number of the query string.
 * @throws {RefusedError} `invalid_request` when it is none, or out of range */
export function queryNumber(
  query: Record<string, string | undefined> | undefined,
  name: string,
  { least, most, fallback }: { least: number; most: number; fallback: number },
): number {
  const text = query?.[name];
  if (text === undefined) return fallback;
  const value = WHOLE.test(text) ? Number(text) : Number.NaN;
  if (value >= least && value <= most) return value;
  const detail = `must be a whole number from ${least} to ${most}.`;
  throw new RefusedError('invalid_request', `${name}: ${detail}`, [{ field: name, detail }]);
}
