import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parse } from '../../../lib/contract/inputs.ts';
import { newPollSchema } from '../../../lib/contract/pollRequests.ts';
import { isReadable, visibleText } from '../../../lib/domain/visibleText.ts';
import { RefusedError } from '../../../lib/errors.ts';

const HOUR_MS = 3_600_000;
const soon = new Date(Date.now() + HOUR_MS).toISOString();
const good = { question: 'Tea or coffee?', options: ['Tea', 'Coffee'], expired_at: soon };

const read = (change: Record<string, unknown>) =>
  parse(newPollSchema(Date.now(), 'public'), { ...good, ...change });

function faults(change: Record<string, unknown>): string[] {
  try {
    read(change);
    return [];
  } catch (error) {
    if (!(error instanceof RefusedError) || error.code !== 'invalid_request') throw error;
    return error.fields.map(({ field }) => field);
  }
}

describe('a new poll', () => {
  test('has defaults for missing fields', () => {
    expect(read({})).toEqual({
      ...good,
      expired_at: Date.parse(soon),
      opens_at: null,
      max_choices: 1,
      allow_change: false,
      results_visibility: 'always',
      listed: true,
      webhook_url: null,
    });
  });

  test.each(['2030-01-31T12:00:00+0100', '2030-01-31T12:00-0530'])('says that %s lacks a colon', (time) => {
    expect(() => read({ expired_at: time })).toThrow(
      'expired_at: must have a colon in its offset, such as +01:00.',
    );
  });

  test.each(['2030-01-31T12:00:00', '2030-01-31T12:00:00+01', '2030-01-31', 'T-2030'])(
    'says how a time such as %s is written instead',
    (time) => {
      const detail =
        'must be an ISO 8601 time such as 2030-01-31T12:00:00Z, with Z or an offset such as +01:00.';
      expect(() => read({ expired_at: time })).toThrow(`expired_at: ${detail}`);
    },
  );

  test('ignores unknown fields', () => {
    expect(read({ votes: 10, __proto__: { question: 1 } })).toEqual(read({}));
  });

  test('has trimmed and composed texts', () => {
    const { question, options } = read({
      question: '\u00a0 Cafe\u0301? \n',
      options: [' Tea ', 'Cafe\u0301'],
    });
    expect([question, ...options]).toEqual(['Café?', 'Tea', 'Café']);
  });

  test('counts characters as code points, after trimming', () => {
    expect(faults({ question: ` ${'🗳'.repeat(500)} ` })).toEqual([]);
    expect(faults({ question: '🗳'.repeat(501) })).toEqual(['question']);
    expect(faults({ question: 'e\u0301'.repeat(500) })).toEqual([]);
    expect(faults({ options: ['a'.repeat(200), 'b'.repeat(201)] })).toEqual(['options.1']);
    expect(faults({ question: ' \t ' })).toEqual(['question']);
  });

  test('accepts any text except invisible, too long, control characters and lone surrogates', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 600 }), (question) => {
        const length = [...visibleText(question)].length;
        const isGood = isReadable(question) && length >= 1 && length <= 500;
        expect(faults({ question })).toEqual(isGood ? [] : ['question']);
      }),
    );
    for (const question of [
      'a\0b',
      'a\ud800b',
      '\udc00',
      'a\u001bb',
      'a\u202eb',
      'a\u2066b',
      '\u200b',
      '\u3164',
    ]) {
      expect(faults({ question })).toEqual(['question']);
    }
  });

  test('has 2 to 50 options that differ after normalisation', () => {
    const options = (count: number) => Array.from({ length: count }, (_, at) => `option ${at}`);
    expect([0, 1, 2, 50, 51].map((count) => faults({ options: options(count) }).length)).toEqual([
      1, 1, 0, 0, 1,
    ]);
    expect(faults({ options: ['Café', ' Cafe\u0301'] })).toEqual(['options']);
    for (const alike of ['Tea\u200b', '\ufeffTea', 'T\u200dea', 'Te\u00ada', '\tTea\n']) {
      expect(faults({ options: ['Tea', alike] })).toEqual(['options']);
    }
    expect(faults({ options: ['to go', 'to \u00a0 go'] })).toEqual(['options']);
    expect(faults({ options: ['tea', 'Tea'] })).toEqual([]);
  });

  test('ends in the future and within five years', () => {
    const inYears = (years: number) => new Date(Date.now() + years * 365.25 * 24 * HOUR_MS).toISOString();
    expect(faults({ expired_at: new Date(Date.now() - 1_000).toISOString() })).toEqual(['expired_at']);
    expect(faults({ expired_at: inYears(4.99) })).toEqual([]);
    expect(faults({ expired_at: inYears(5.01) })).toEqual(['expired_at']);
  });

  test('ends at a time or after a number of seconds, not both', () => {
    const inSeconds = (expires_in: unknown) => faults({ expired_at: undefined, expires_in });
    expect(read({ expired_at: undefined, expires_in: 5 })).toMatchObject({ expires_in: 5 });
    const YEAR_SECONDS = 365 * 24 * 3_600;
    expect([5, 60, 5 * YEAR_SECONDS].map(inSeconds)).toEqual([[], [], []]);
    for (const wrong of [4, 0, -60, 5.5, 5.01 * YEAR_SECONDS, '60', null])
      expect(inSeconds(wrong)).toEqual(['expires_in']);
    expect(inSeconds(undefined)).toEqual(['expired_at']);
    expect(faults({ expires_in: 60 })).toEqual(['expired_at']);
    const opens_at = new Date(Date.now() + 24 * HOUR_MS).toISOString();
    expect(faults({ expired_at: undefined, expires_in: 60, opens_at })).toEqual([]);
  });

  test('can open in the past, but not at its end or later', () => {
    expect(faults({ opens_at: '2020-01-01T00:00:00Z' })).toEqual([]);
    expect(faults({ opens_at: null })).toEqual([]);
    expect(faults({ opens_at: soon })).toEqual(['opens_at']);
    expect(faults({ opens_at: '2099-01-01T00:00:00Z' })).toEqual(['opens_at']);
    expect(faults({ opens_at: '2099-01-01T00:00:00Z', expired_at: undefined, expires_in: 60 })).toEqual([
      'opens_at',
    ]);
  });

  test('allows between one choice and the number of its options', () => {
    const allowed = [0, 1, 2, 3, 1.5, '1', null, Number.NaN].map((max_choices) => faults({ max_choices }));
    const wrong = ['max_choices'];
    expect(allowed).toEqual([wrong, [], [], wrong, wrong, wrong, wrong, wrong]);
  });

  test('gets all of its errors at once', () => {
    const change = { question: 1, options: ['', 'a'], expired_at: 'x', max_choices: 0, allow_change: 'no' };
    expect(faults({ ...change, results_visibility: 'never' })).toEqual([
      ...['question', 'options.0', 'expired_at', 'max_choices', 'allow_change', 'results_visibility'],
    ]);
    expect(faults({ question: '', opens_at: soon, max_choices: 3 })).toEqual([
      'question',
      'opens_at',
      'max_choices',
    ]);
  });

  test('is accepted or rejected, never crashes, whatever is sent', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(() => parse(newPollSchema(Date.now(), 'public'), value)).toThrow(RefusedError);
      }),
    );
  });
});
