import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { eventId, nextAttemptAt } from '../../../lib/domain/webhookEvent.ts';

const MINUTE_MS = 60_000;
const TRIES = 10;

describe('the pause before the next webhook attempt', () => {
  test('grows from a minute to a day, and ends after ten attempts', () => {
    const pauses = Array.from({ length: TRIES }, (_, at) => nextAttemptAt(at + 1, 0, 0));
    const minutes = pauses.map((pause) => (pause === null ? null : pause / MINUTE_MS));
    expect(minutes).toEqual([1, 5, 30, 120, 300, 600, 840, 1_200, 1_440, null]);
  });

  test('is never shorter, and at most a fifth longer', () => {
    const tries = fc.integer({ min: 1, max: TRIES - 1 });
    const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    fc.assert(
      fc.property(tries, random, fc.nat(), (made, chance, now) => {
        const least = (nextAttemptAt(made, 0, 0) ?? Number.NaN) + now;
        const at = nextAttemptAt(made, now, chance) ?? Number.NaN;
        expect(at).toBeGreaterThanOrEqual(least);
        expect(at).toBeLessThan(now + (least - now) * 1.2 + 1);
      }),
    );
  });
});

test('the id of an event is the same in each attempt, differs after a reopening, and has no full stop', () => {
  const pollId = '0190a5d8-c0de-7000-8000-00000000abcd';
  const id = eventId({ pollId, version: 3, tries: 0 });
  expect(id).toBe(`msg_${pollId}_3`);
  expect(eventId({ pollId, version: 3, tries: 9 })).toBe(id);
  expect(eventId({ pollId, version: 6, tries: 0 })).not.toBe(id);
  expect(eventId({ pollId, version: 3, tries: 0 }, 'poll.expiring')).toBe(`msg_${pollId}_3_expiring`);
});
