import { describe, expect, test } from '@jest/globals';
import { createAcceptedClock } from '../../../lib/votes/castVote.ts';

describe('the clock of accepted votes', () => {
  test('rises by whole microseconds even if the time stands still or moves back a little', () => {
    const times = [1_000, 1_000, 1_000, 992, 1_001, 1_001];
    const clock = createAcceptedClock(() => times.shift() ?? 2_000);
    const read = Array.from({ length: 3_000 }, clock);
    expect(read.every(Number.isSafeInteger)).toBe(true);
    expect(read.every((time, at) => at === 0 || time > (read[at - 1] ?? 0))).toBe(true);
  });

  test('stays within a millisecond of the time', () => {
    const clock = createAcceptedClock(() => 1_795_400_000_000);
    expect(Math.floor(clock() / 1_000)).toBe(1_795_400_000_000);
  });

  test('is right again as soon as a clock that was ahead is set back', () => {
    const times = [1_060_000, 1_060_001];
    const clock = createAcceptedClock(() => times.shift() ?? 1_000_000);
    expect([clock(), clock(), clock()].map((micros) => Math.floor(micros / 1_000))).toEqual([
      1_060_000, 1_060_001, 1_000_000,
    ]);
  });

  test('gives different times in two processes at the same moment', () => {
    const at = () => 1_795_400_000_000;
    const [one, other] = [createAcceptedClock(at, () => 0.25), createAcceptedClock(at, () => 0.75)];
    expect(one()).not.toBe(other());
  });
});
