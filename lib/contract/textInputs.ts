import { check, description, metadata, pipe, transform } from 'valibot';
import { isReadable, mayFit, visibleText } from '../domain/visibleText.ts';
import { lengthBetween, lengthFault, storable } from './inputs.ts';

// In a file of their own, so that functions that read no text for people do not build the patterns of `visibleText`.

// `isReadable` and `visibleText` for JSON Schema: ranges in the Basic Multilingual Plane, because not every
// generator of clients knows Unicode's properties or lookahead.
const UNREADABLE =
  '\\u0000-\\u0008\\u000e-\\u001f\\u007f-\\u0084\\u0086-\\u009f\\u202a-\\u202e\\u2066-\\u2069';
const UNSEEN = [
  '\\u0009-\\u000d\\u0020\\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u2800\\u3000',
  '\\u00ad\\u034f\\u061c\\u115f\\u1160\\u17b4\\u17b5\\u180b-\\u180f\\u200b-\\u200f\\u2060-\\u206f\\u3164',
  '\\ufe00-\\ufe0f\\ufeff\\uffa0\\ufff0-\\ufffb',
].join('');
const READABLE_PATTERN = `^[^${UNREADABLE}]*[^${UNREADABLE}${UNSEEN}][^${UNREADABLE}]*$`;

/** Text for people: what they see of it, so that equal-looking texts are equal.
 * @param about describes the field; what follows a transformation is no part of a document */
export const readableText = (most: number, about: string) =>
  pipe(
    storable,
    check(isReadable, 'contains a control or bidi-override character.'),
    metadata({ minLength: 1, maxLength: most, pattern: READABLE_PATTERN }),
    description(about),
    check((text) => mayFit(text, most), lengthFault(1, most)),
    transform(visibleText),
    check((text) => text !== '', 'must contain a visible character.'),
    lengthBetween(1, most),
  );

/** Search text: empty or a part of a text, as its readers see it. */
export const soughtText = (most: number) =>
  pipe(
    storable,
    check((text) => mayFit(text, most), lengthFault(0, most)),
    transform(visibleText),
    lengthBetween(0, most),
  );
