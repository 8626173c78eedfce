import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { judgeBallot, type PollRules, whenVotesAreTaken } from '../../../lib/domain/ballot.ts';

const rules: PollRules = {
  windows: [{ start: 100, end: 200 }],
  isClosed: false,
  optionIds: ['a', 'b', 'c'],
  maxChoices: 1,
  allowChange: false,
  wording: 0,
};
const NOW = 150;

describe('a ballot', () => {
  test('is rejected once the database has seen the end of its poll, whatever the local clock', () => {
    const closed = { ...rules, isClosed: true };
    expect(judgeBallot(closed, ['a'], NOW)).toEqual({ fits: false, code: 'poll_closed' });
    expect(judgeBallot(closed, ['a'], 99)).toEqual({ fits: false, code: 'poll_not_open' });
  });

  test('becomes a mask with a bit for each chosen position', () => {
    expect(judgeBallot(rules, ['c'], NOW)).toEqual({ fits: true, choices: 4 });
    expect(judgeBallot({ ...rules, maxChoices: 3 }, ['c', 'a'], NOW)).toEqual({ fits: true, choices: 5 });
  });

  test('of 50 options keeps every bit', () => {
    const optionIds = Array.from({ length: 50 }, (_, position) => `option ${position}`);
    const many = { ...rules, optionIds, maxChoices: 50 };
    expect(judgeBallot(many, optionIds, NOW)).toEqual({ fits: true, choices: 2 ** 50 - 1 });
    expect(judgeBallot(many, ['option 49'], NOW)).toEqual({ fits: true, choices: 2 ** 49 });
  });

  test('is the same in any order and with repetitions', () => {
    const several = { ...rules, maxChoices: 3 };
    const choices = fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 1 });
    fc.assert(
      fc.property(choices, (ids) => {
        expect(judgeBallot(several, ids, NOW)).toEqual(judgeBallot(several, [...new Set(ids)].sort(), NOW));
      }),
    );
  });

  test('counts a repeated option once against the limit', () => {
    expect(judgeBallot(rules, ['b', 'b', 'B'], NOW)).toEqual({ fits: true, choices: 2 });
  });

  test('is rejected for a time outside the windows before its choices are checked', () => {
    expect(judgeBallot(rules, ['nonsense'], 99.999)).toEqual({ fits: false, code: 'poll_not_open' });
    expect(judgeBallot(rules, ['nonsense'], 200)).toEqual({ fits: false, code: 'poll_closed' });
  });

  test('is rejected for an unknown option, for too many and for none', () => {
    expect(judgeBallot(rules, ['d'], NOW)).toEqual({ fits: false, code: 'unknown_option' });
    expect(judgeBallot(rules, ['a', 'b'], NOW)).toEqual({ fits: false, code: 'too_many_choices' });
    expect(judgeBallot(rules, [], NOW)).toEqual({ fits: false, code: 'empty_ballot' });
  });

  test('withdraws without a choice if votes may change', () => {
    expect(judgeBallot({ ...rules, allowChange: true }, [], NOW)).toEqual({ fits: true, choices: 0 });
  });
});

describe('the time of voting', () => {
  const windows = [
    { start: Number.NEGATIVE_INFINITY, end: 100 },
    { start: 200, end: 300 },
  ];

  test('begins with a window and is over at its end', () => {
    expect([-1e15, 99.999, 200, 299].map((at) => whenVotesAreTaken(windows, at))).toEqual(
      Array(4).fill('open'),
    );
    expect(whenVotesAreTaken(windows, 300)).toBe('poll_closed');
  });

  test('is over in the gap before a reopening', () => {
    expect(whenVotesAreTaken(windows, 150)).toBe('poll_closed');
  });
});
