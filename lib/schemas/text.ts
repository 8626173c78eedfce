import { check, metadata, pipe, string, transform } from 'valibot';

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
