import { invalidField } from '../errors.ts';

const WHOLE = /^\d{1,9}$/;

type Query = Record<string, string | undefined> | undefined;

/** Whether the query string says `name=true`.
 * @throws {RefusedError} `invalid_request` when it says anything but true or false */
export function queryFlag(query: Query, name: string): boolean {
  const text = query?.[name] ?? 'false';
  if (text === 'true' || text === 'false') return text === 'true';
  throw invalidField(name, 'must be true or false.');
}

/** A whole number of the query string.
 * @throws {RefusedError} `invalid_request` when it is none, or out of range */
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
