import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { isFollowed, maxViewersByPost } from '../../../lib/domain/following.ts';
import { pollDiff } from '../../../lib/domain/pollDiff.ts';

const BUDGET = 8_000;

describe('viewers read a poll themselves', () => {
  test('when there are more than posts reach in five seconds, until half of them are left', () => {
    expect(isFollowed(40_000, false, BUDGET)).toBe(false);
    expect(isFollowed(40_001, false, BUDGET)).toBe(true);
    expect(isFollowed(20_001, true, BUDGET)).toBe(true);
    expect(isFollowed(20_000, true, BUDGET)).toBe(false);
  });

  test('without a change back and forth while the crowd moves by less than a third', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 10, max: 1_000_000 }),
        fc.integer({ min: 1, max: 10_000 }),
        fc.array(fc.double({ min: -0.33, max: 0.33, noNaN: true })),
        (crowd, budget, moves) => {
          let now = isFollowed(crowd, false, budget);
          let changes = 0;
          for (const move of moves) {
            const next = isFollowed(Math.round(crowd * (1 + move)), now, budget);
            if (next !== now) changes += 1;
            now = next;
          }
          expect(changes).toBeLessThanOrEqual(1);
        },
      ),
    );
  });
});

describe('the difference of a poll', () => {
  const present = {
    pollId: 'p',
    version: 1,
    stateVersion: 1,
    status: 'open' as const,
    viewers: 1_000_000,
    countedAt: new Date(0),
    isFollowed: true,
  };

  test('is its state if its viewers are to read it, or no longer', () => {
    const sent = { ...present, isFollowed: false, agoMs: 0 };
    expect(pollDiff(sent, present, BUDGET)).toBe('state');
    expect(pollDiff({ ...sent, isFollowed: true }, present, BUDGET)).toBe('nothing');
  });

  test('is the number of viewers as often for a million who read it as for those whom posts reach', () => {
    const sent = { ...present, viewers: 999_999, agoMs: 0 };
    const pauseMs = (maxViewersByPost(BUDGET) * 10 * 1_000) / BUDGET;
    expect(pollDiff({ ...sent, agoMs: pauseMs - 1 }, present, BUDGET)).toBe('nothing');
    expect(pollDiff({ ...sent, agoMs: pauseMs }, present, BUDGET)).toBe('viewers');
  });
});
