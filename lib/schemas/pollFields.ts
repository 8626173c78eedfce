import * as v from 'valibot';
import { MAX_QUESTION_CHARACTERS, OPTIONS } from '../contract/limits.ts';
import { readableText } from './text.ts';
import { moment } from './time.ts';

const OPTION_CHARACTERS = 200;
const LIFE_YEARS = 5;

function isWithinLife(time: number, now: number): boolean {
  const last = new Date(now);
  last.setUTCFullYear(last.getUTCFullYear() + LIFE_YEARS);
  return time <= last.getTime();
}

/** What a poll asks. */
export const question = readableText(MAX_QUESTION_CHARACTERS);

/** The options' texts, by position. */
export const optionTexts = v.pipe(
  v.array(readableText(OPTION_CHARACTERS), 'must be a list of texts.'),
  v.minLength(OPTIONS.min, `must have ${OPTIONS.min} to ${OPTIONS.max} entries.`),
  v.maxLength(OPTIONS.max, `must have ${OPTIONS.min} to ${OPTIONS.max} entries.`),
  v.check((texts) => new Set(texts).size === texts.length, 'must differ from one another.'),
  v.metadata({ uniqueItems: true }),
);

/** The end of voting; comes out as milliseconds since 1970.
 * @param now milliseconds since 1970 */
export const endAfter = (now: number) =>
  v.pipe(
    moment,
    v.check((time) => time > now, 'must be in the future.'),
    v.check((time) => isWithinLife(time, now), `must be within ${LIFE_YEARS} years.`),
  );
