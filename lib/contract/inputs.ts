import {
  type BaseIssue,
  check,
  type GenericSchema,
  getDotPath,
  type InferOutput,
  metadata,
  pipe,
  rawTransform,
  safeParse,
  string,
  transform,
} from 'valibot';
import { type FieldError, RefusedError } from '../errors.ts';

/** Characters as a reader counts them, roughly: an emoji is one, not two. */
function codePoints(text: string): number {
  let count = 0;
  for (const _ of text) count++;
  return count;
}

/** Postgres cannot store NUL, and UTF-8 knows no lone surrogate: two texts would become the same one. */
const isStorable = (text: string) => text.isWellFormed() && !text.includes('\0');

const storable = pipe(string('must be a string.'), check(isStorable, 'has a character that is not text.'));

function lengthBetween(least: number, most: number) {
  const isInRange = (text: string) => text.length >= least && codePoints(text) <= most;
  return check(isInRange, `must have ${least} to ${most} characters.`);
}

/** Text that people read: trimmed, in Unicode's composed form, so that what looks the same is the same. */
export const readableText = (most: number) =>
  pipe(
    storable,
    metadata({ minLength: 1, maxLength: most }),
    transform((text) => text.trim().normalize('NFC')),
    lengthBetween(1, most),
  );

/** Text to look for in texts that people read: nothing, or a part of one, whose spaces count. */
export const soughtText = (most: number) =>
  pipe(
    storable,
    transform((text) => text.normalize('NFC')),
    lengthBetween(0, most),
  );

/** Text that names something elsewhere and is used as it is. */
export const opaqueText = (most: number) =>
  pipe(storable, metadata({ minLength: 1, maxLength: most }), lengthBetween(1, most));

// ISO 8601 with a date, a time and where on earth; RFC 3339 allows small letters as well.
const TIME = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?)(?:Z|[+-]\d\d:\d\d)$/i;

/** Milliseconds since 1970, or undefined. `Date` takes 30 February for 2 March. */
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

/** A moment, given as text with its offset from UTC; milliseconds since 1970. */
export const moment = pipe(
  string('must be a string.'),
  metadata({ format: 'date-time' }),
  rawTransform<string, number>(({ dataset, addIssue, NEVER }) => {
    const time = readTime(dataset.value);
    if (time !== undefined) return time;
    addIssue({ message: 'must be a time in ISO 8601 with Z or an offset, such as 2030-01-31T12:00:00Z.' });
    return NEVER;
  }),
);

/** One sentence a field, the first that applies. */
function fieldErrors(issues: BaseIssue<unknown>[]): FieldError[] {
  const details = new Map<string, string>();
  for (const issue of issues) {
    const field = getDotPath(issue) ?? '';
    // Of a key that is not there, valibot says what the object as a whole should be.
    const isMissing = issue.type === 'object' && issue.path !== undefined;
    if (!details.has(field)) details.set(field, isMissing ? 'is missing.' : issue.message);
  }
  return [...details].map(([field, detail]) => ({ field, detail }));
}

/** What a value says, as its schema puts it.
 * @throws {RefusedError} `invalid_request` that lists every faulty field */
export function parse<S extends GenericSchema>(schema: S, value: unknown): InferOutput<S> {
  const result = safeParse(schema, value);
  if (result.success) return result.output;
  const fields = fieldErrors(result.issues);
  const detail = fields.map((one) => (one.field ? `${one.field}: ${one.detail}` : one.detail)).join(' ');
  throw new RefusedError('invalid_request', detail, fields);
}
