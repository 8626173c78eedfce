import {
  type BaseIssue,
  check,
  description,
  type GenericSchema,
  getDotPath,
  type InferOutput,
  metadata,
  pipe,
  rawTransform,
  safeParse,
  string,
} from 'valibot';
import { type FieldError, RefusedError } from '../errors.ts';

/** Approximates what readers call characters: an emoji is one, not two. */
function codePoints(text: string): number {
  let count = 0;
  for (const _ of text) count++;
  return count;
}

const NOT_TEXT = 'contains a character that is not valid text.';

/** UTF-8 cannot encode lone surrogates, so two texts would become equal. */
export const wellFormed = pipe(
  string('must be a string.'),
  check((text) => text.isWellFormed(), NOT_TEXT),
);

/** Postgres cannot store NUL. */
export const storable = pipe(
  string('must be a string.'),
  check((text) => text.isWellFormed() && !text.includes('\0'), NOT_TEXT),
);

export const lengthFault = (least: number, most: number) => `must have ${least} to ${most} characters.`;

export function lengthBetween(least: number, most: number) {
  const isInRange = (text: string) => text.length >= least && codePoints(text) <= most;
  return check(isInRange, lengthFault(least, most));
}

/** Text that identifies something elsewhere and is used as it is.
 * @param text `wellFormed` if it is not stored */
export const opaqueText = (most: number, text = storable) =>
  pipe(text, metadata({ minLength: 1, maxLength: most }), lengthBetween(1, most));

// ISO 8601 with date, time and offset; RFC 3339 also allows lower case.
const TIME = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?)(?:Z|[+-]\d\d:\d\d)$/i;

/** Milliseconds since 1970, or undefined. Checks the day, because `Date` turns 30 February into 2 March. */
export function readTime(text: string): number | undefined {
  const [, date] = TIME.exec(text) ?? [];
  if (date === undefined || !isDay(date)) return undefined;
  const time = Date.parse(text.toUpperCase());
  return Number.isNaN(time) ? undefined : time;
}

function isDay(date: string): boolean {
  const midnight = new Date(`${date}T00:00:00Z`);
  return !Number.isNaN(midnight.getTime()) && midnight.toISOString().startsWith(date);
}

// JSON Schema for rules about several fields. Client generators ignore these keywords, but turn `oneOf`, `anyOf` and
// `not` into untyped unions. `required` would express the same, but linters demand `properties` next to it.
// `false` would be shorter, but linters reject it as a schema.
const NEVER = { not: {} };

const noneOf = (fields: readonly string[]) => ({
  dependentSchemas: Object.fromEntries(fields.map((field) => [field, NEVER])),
});

export const atLeastOne = (fields: readonly string[]) => ({
  if: noneOf(fields),
  // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema.
  then: NEVER,
});

export const neverBoth = (pairs: readonly (readonly [string, string])[]) => ({
  dependentSchemas: Object.fromEntries(
    [...Map.groupBy(pairs, ([first]) => first)].map(([first, same]) => [
      first,
      noneOf(same.map(([, second]) => second)),
    ]),
  ),
});

export const exactlyOne = (one: string, other: string) => ({
  ...atLeastOne([one, other]),
  ...neverBoth([[one, other]]),
});

const WITHOUT_COLON = /T\d\d:.*[+-]\d{4}$/i;
const OFFSET_FAULT = 'must have a colon in its offset, such as +01:00.';
const TIME_FAULT =
  'must be an ISO 8601 time such as 2030-01-31T12:00:00Z, with Z or an offset such as +01:00.';

/** A time with an offset from UTC; parses to milliseconds since 1970.
 * @param about describes the field */
export const moment = (about: string) =>
  pipe(
    string('must be a string.'),
    metadata({ format: 'date-time' }),
    description(about),
    rawTransform<string, number>(({ dataset, addIssue, NEVER }) => {
      const time = readTime(dataset.value);
      if (time !== undefined) return time;
      addIssue({ message: WITHOUT_COLON.test(dataset.value) ? OFFSET_FAULT : TIME_FAULT });
      return NEVER;
    }),
  );

/** Checks the length first: a list that is longer than `most` gets only the error of its length. */
export function lengthFirst<S extends GenericSchema>(list: S, most: number): S {
  const run: S['~run'] = (dataset, config) => {
    const { value } = dataset;
    // What follows in the pipe rejects it.
    if (Array.isArray(value) && value.length > most) return { value, typed: true };
    return list['~run'](dataset, config);
  };
  return { ...list, '~run': run };
}

/** Reports only the first invalid item of a list that is longer than `most`. */
export function fewFaults<S extends GenericSchema>(list: S, most: number): S {
  const run: S['~run'] = (dataset, config) => {
    const isLong = Array.isArray(dataset.value) && dataset.value.length > most;
    return list['~run'](dataset, isLong ? { ...config, abortEarly: true } : config);
  };
  return { ...list, '~run': run };
}

/** Enough to correct a request. */
const MAX_FIELD_ERRORS = 10;

/** Keeps the first issue of each field. */
function fieldErrors(issues: BaseIssue<unknown>[]): FieldError[] {
  const details = new Map<string, string>();
  for (const issue of issues) {
    if (details.size > MAX_FIELD_ERRORS) break;
    const field = getDotPath(issue) ?? '';
    // For a missing key, valibot describes the whole object.
    const isMissing = issue.type === 'object' && issue.path !== undefined;
    if (!details.has(field)) details.set(field, isMissing ? 'is missing.' : issue.message);
  }
  return [...details].map(([field, detail]) => ({ field, detail }));
}

const others = (count: number) =>
  count === 1 ? 'There is 1 more error.' : `There are ${count} more errors.`;

/** @throws {RefusedError} `invalid_request` with the invalid fields, at most `MAX_FIELD_ERRORS` of them */
export function parse<S extends GenericSchema>(schema: S, value: unknown): InferOutput<S> {
  const result = safeParse(schema, value);
  if (result.success) return result.output;
  const found = fieldErrors(result.issues);
  const fields = found.slice(0, MAX_FIELD_ERRORS);
  const details = fields.map((one) => (one.field ? `${one.field}: ${one.detail}` : one.detail));
  if (found.length > fields.length) details.push(others(result.issues.length - fields.length));
  throw new RefusedError('invalid_request', details.join(' '), fields);
}
