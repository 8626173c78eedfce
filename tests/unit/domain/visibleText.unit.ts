import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { isReadable, visibleText } from '../../../lib/domain/visibleText.ts';

const codes = (text: string) => [...text].map((one) => one.codePointAt(0)?.toString(16)).join(' ');

/** Letters of several scripts, emoji, and everything that text can hide. */
const unit = fc.oneof(
  fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
  fc.constantFrom('a', 'e', '1', '#', ' ', '\t', '\u0301', '\u3000', 'ب', 'ا', 'क', '\u094d', 'ᠠ', '葛', '∩'),
  fc.constantFrom(
    '☎',
    '👩',
    '🏽',
    '🚀',
    '🏴',
    '\u{13000}',
    '\u{13430}',
    '\u{1d159}',
    '\u{1d165}',
    '\u20e3',
    '\u{e0067}',
    '\u{e007f}',
    '\u{e0101}',
    '\u180b',
  ),
  fc.constantFrom('\u200b', '\u200c', '\u200d', '\u00ad', '\u034f', '\ufe0e', '\ufe0f', '\u2800', '\ufeff'),
);
const texts = fc.string({ unit, maxLength: 30 });

describe('visible text', () => {
  test('is in NFC, trimmed, with single spaces, and stays as it is', () => {
    fc.assert(
      fc.property(texts, (text) => {
        const seen = visibleText(text);
        expect(codes(visibleText(seen))).toBe(codes(seen));
        expect(seen).toBe(seen.normalize('NFC').trim());
        expect(seen).not.toMatch(/ {2}|[[\p{White_Space}\u2800]--[ ]]/v);
      }),
      { numRuns: 3_000 },
    );
  });

  test('shows something or is empty', () => {
    fc.assert(
      fc.property(texts, (text) => {
        const shown = visibleText(text).replaceAll(/[\p{Default_Ignorable_Code_Point} ]/gv, '');
        expect(shown === '').toBe(visibleText(text) === '');
      }),
      { numRuns: 2_000 },
    );
  });

  test('is the same with and without what nobody sees between plain letters', () => {
    const unseen = fc.constantFrom(
      ...['\u200b', '\u200c', '\u200d', '\u2060', '\u00ad', '\ufeff', '\ufe0f', '\u180e', '\u034f'],
      ...['\u200e', '\u200f', '\u061c', '\u3164', '\uffa0', '\ufff9', '\u{e0041}', '\u{e0101}', '\u{1d173}'],
    );
    const letters = fc.string({ unit: fc.constantFrom('a', 'ß', 'д', 'ア', '1', '?'), minLength: 2 });
    fc.assert(
      fc.property(letters, fc.nat(), unseen, (text, at, hidden) => {
        const place = at % (text.length + 1);
        expect(codes(visibleText(text.slice(0, place) + hidden + text.slice(place)))).toBe(codes(text));
      }),
    );
  });

  test.each([
    ['a family', '👨‍👩‍👧'],
    ['a rainbow flag', '🏳️‍🌈'],
    ['the flag of England', '🏴󠁧󠁢󠁥󠁮󠁧󠁿'],
    ['a key cap', '1️⃣'],
    ['a skin tone', '👩🏽‍🚀'],
    ['an emoji that is text by default', '❤️'],
    ['Persian', 'می\u200cخواهم'],
    ['the beginning of an Arabic word', 'ه\u200d'],
    ['Hindi', 'क्\u200dष'],
    ['Bengali', 'র\u200d্য'],
    ['Sinhala', 'ශ්\u200dරී'],
    ['a variant of an ideograph', '葛\u{e0100}'],
    ['hieroglyphs in a group', '\u{13000}\u{13430}\u{13001}'],
    ['a stem without a note', '\u{1d159}\u{1d165}'],
  ])('keeps the joiners and selectors of %s', (_, text) => {
    expect(codes(visibleText(`${text} ${text}`))).toBe(codes(`${text} ${text}`));
  });

  test.each([
    [' to \t\r\n\u00a0\u2028\u3000go ', 'to go'],
    ['\u2800\u200d\ufe0f\u3164', ''],
    ['e\u034f\u0301', 'é'],
    ['می\u200c\u200cخ', 'می\u200cخ'],
    ['بله\u200c', 'بله'],
    ['1\ufe0f', '1'],
    ['👩\u200d', '👩'],
    ['🏴\u{e0061}\u{e0062}', '🏴'],
    ['葛\u{e0100}\u{e0100}', '葛\u{e0100}'],
    ['1\ufe0f\ufe0f\u20e3', '1\ufe0f\u20e3'],
    ['a\u{13430}b\u{13441}', 'ab'],
    ['a\u{1d159}b', 'ab'],
    ['\u0301\ufe0e\u094d\u200d', '\u094d\u0301'],
  ])('reads %j as %j', (text, seen) => {
    expect(codes(visibleText(text))).toBe(codes(seen));
  });

  test('takes no longer for text made of joiners', () => {
    const most = 60_000;
    for (const part of ['\u200d', 'क\u094d\u200d', '👩\u200d', ' \u200b', '\u200c\ufe0f']) {
      expect(visibleText(part.repeat(most / part.length)).length).toBeLessThanOrEqual(most);
    }
  });
});

describe('readable text', () => {
  test('has no control characters but white space, and nothing that reorders', () => {
    const refused = ['\0', '\u0007', '\u001b', '\u001f', '\u007f', '\u0080', '\u009f', '\ud800', '\udfff'];
    const reordering = [
      '\u202a',
      '\u202b',
      '\u202c',
      '\u202d',
      '\u202e',
      '\u2066',
      '\u2067',
      '\u2068',
      '\u2069',
    ];
    for (const character of [...refused, ...reordering]) expect(isReadable(`a${character}b`)).toBe(false);
    for (const text of ['', 'a\tb\r\nc', 'שלום\u200f', 'مرحبا', '\u200b', '👩\u200d🚀'])
      expect(isReadable(text)).toBe(true);
  });
});
