import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { GenericSchema } from 'valibot';
import { ballotSchema } from '../../../lib/contract/castVoteRequest.ts';
import { parse } from '../../../lib/contract/inputs.ts';
import { MAX_BODY_BYTES } from '../../../lib/contract/limits.ts';
import { newPollSchema } from '../../../lib/contract/pollRequests.ts';
import { soughtText } from '../../../lib/contract/textInputs.ts';
import { mayFit, visibleText } from '../../../lib/domain/visibleText.ts';
import { RefusedError } from '../../../lib/errors.ts';
import { preferredWait } from '../../../lib/http/headers.ts';

const newPoll = newPollSchema(0, 'public');
const poll = { question: 'Tea or coffee?', options: ['Tea', 'Coffee'], expires_in: 60 };
const ballot = { user_id: 'anna', option_id: 'x' };

function refusal(schema: GenericSchema, request: unknown): RefusedError {
  try {
    parse(schema, request);
  } catch (error) {
    if (error instanceof RefusedError) return error;
    throw error;
  }
  throw new Error('It was taken.');
}

/** Milliseconds of processor: time on the clock says more about the machine. */
function processorMs(work: () => unknown): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}

/** What is quadratic takes a second or more. */
const MOST_MS = 400;

test('a list that is too long has one error, whatever is in it', () => {
  for (const item of ['', 7, null, 'a', '\0']) {
    const { message, fields } = refusal(newPoll, { ...poll, options: Array(20_000).fill(item) });
    expect(message).toBe('options: must have 2 to 50 entries.');
    expect(fields).toHaveLength(1);
  }
});

test('a long list of invalid ids has one error, and repeated ids are accepted', () => {
  const { fields } = refusal(ballotSchema, { user_id: 'anna', option_ids: Array(32_000).fill(1) });
  expect(fields).toEqual([{ field: 'option_ids.0', detail: 'must be the id of an option.' }]);
  const option_ids = Array(1_000).fill('x');
  expect(parse(ballotSchema, { user_id: 'anna', option_ids }).optionIds).toEqual(option_ids);
});

test('of many errors ten are reported, and how many more there are', () => {
  const { message, fields } = refusal(newPoll, { ...poll, options: Array(50).fill('\0') });
  expect(fields.map(({ field }) => field)).toEqual(Array.from({ length: 10 }, (_, at) => `options.${at}`));
  expect(message).toMatch(/ There are \d+ more errors\.$/);
  const eleven = refusal(newPoll, { ...poll, options: Array(11).fill(7) });
  expect(eleven.message).toMatch(/ There is 1 more error\.$/);
  const few = refusal(newPoll, { ...poll, options: Array(9).fill('\0') });
  expect(few.fields).toHaveLength(9);
  expect(few.message).not.toContain('more');
});

const units = [
  ...[
    'a',
    '"',
    '\\',
    '\0',
    ' ',
    '\u200b',
    '\u200d',
    '\ufe0f',
    '\u0301',
    '\u0315\u0300\u05b0',
    '\u0f71\u0f72\u0f74',
  ],
  ...[
    'a\u0301',
    'e\u200b\u0301',
    '1\ufe0f\u20e3',
    '🏴\u{e0061}',
    '👩\u200d',
    'क\u094d\u200d',
    'ب\u200c',
    'ᠠ\u180b',
  ],
  ...[
    '葛\u{e0100}',
    '\u1100\u1161\u11a8',
    '\u{1d15e}',
    '\u0344',
    'a \u0301',
    '\u202e',
    '가',
    '∩\ufe00',
    '\u0653\u0654',
  ],
];

test.each(units)('a field that repeats %j takes little time and gets a short answer', (unit) => {
  const long = `a${unit.repeat(MAX_BODY_BYTES / 2 / Buffer.byteLength(unit))}`;
  const requests: [GenericSchema, unknown][] = [
    [newPoll, { ...poll, question: long }],
    [newPoll, { ...poll, options: [long, 'b'] }],
    [newPoll, { ...poll, expires_in: undefined, expired_at: long, webhook_url: `https://${long}` }],
    [ballotSchema, { ...ballot, user_id: long }],
    [soughtText(500), long],
  ];
  for (const [schema, request] of requests) {
    const spent = processorMs(() => {
      try {
        parse(schema, request);
      } catch (error) {
        if (!(error instanceof RefusedError)) throw error;
        expect(error.message.length + JSON.stringify(error.fields).length).toBeLessThan(1_000);
      }
    });
    expect(spent).toBeLessThan(MOST_MS);
  }
});

test.each(['"', '\\"', '\\', '"a,', '\\a', ',"', 'wait ', ';'])(
  'a Prefer header that repeats %j takes little time',
  (unit) => {
    const repeated = unit.repeat(14_000 / unit.length);
    for (const begin of ['', '"', 'wait="']) {
      expect(processorMs(() => preferredWait(begin + repeated))).toBeLessThan(MOST_MS);
    }
  },
);

const codePoints = (text: string) => [...text].length;

test('no text is refused for its length before it is normalized, and taken after that', () => {
  const unit = fc.oneof(
    fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
    fc
      .constantFrom('\u1f82', '\u0390', '\uac01', '\u0344', '\u1e69', ' ', '\u200b')
      .map((one) => one.normalize('NFD')),
  );
  fc.assert(
    fc.property(fc.string({ unit, maxLength: 50 }), (text) => {
      // Of these a run is no text of any language.
      const plain = text.replaceAll(/[\p{Join_Control}\p{Variation_Selector}\u{e0020}-\u{e007f}]/gu, '');
      expect(mayFit(plain, Math.max(1, codePoints(visibleText(plain))))).toBe(true);
    }),
    { numRuns: 3_000 },
  );
});

test('nothing has more than four code points for one in NFC', () => {
  for (let code = 0; code <= 0x10ffff; code += 1) {
    const character = String.fromCodePoint(code);
    const decomposed = character.normalize('NFD');
    if (decomposed === character) continue;
    if (!mayFit(decomposed, codePoints(character.normalize('NFC')))) throw new Error(code.toString(16));
  }
  expect(mayFit('\u1f82'.normalize('NFD'), 1)).toBe(true);
  expect(mayFit(`${'\u1f82'.normalize('NFD')}a`, 1)).toBe(false);
});
