import { metadata, pipe, rawTransform, string } from 'valibot';

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
