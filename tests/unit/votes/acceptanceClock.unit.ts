import { beforeEach, describe, expect, test } from '@jest/globals';
import { type AcceptanceClock, createAcceptanceClock } from '../../../lib/votes/acceptanceClock.ts';

const clockOf = (...given: Parameters<typeof createAcceptanceClock>) => createAcceptanceClock(...given).now;

describe('the clock of accepted votes', () => {
  test('rises by whole microseconds even if the time stands still or moves back a little', () => {
    const times = [1_000, 1_000, 1_000, 992, 1_001, 1_001];
    const clock = clockOf(() => times.shift() ?? 2_000);
    const read = Array.from({ length: 3_000 }, clock);
    expect(read.every(Number.isSafeInteger)).toBe(true);
    expect(read.every((time, at) => at === 0 || time > (read[at - 1] ?? 0))).toBe(true);
  });

  test('stays within a millisecond of the time', () => {
    const clock = clockOf(() => 1_795_400_000_000);
    expect(Math.floor(clock() / 1_000)).toBe(1_795_400_000_000);
  });

  test('is right again as soon as a clock that was ahead is set back', () => {
    const times = [1_060_000, 1_060_001];
    const clock = clockOf(() => times.shift() ?? 1_000_000);
    expect([clock(), clock(), clock()].map((micros) => Math.floor(micros / 1_000))).toEqual([
      1_060_000, 1_060_001, 1_000_000,
    ]);
  });

  test('gives different times in two processes at the same moment', () => {
    const at = () => 1_795_400_000_000;
    const [one, other] = [clockOf(at, () => 0.25), clockOf(at, () => 0.75)];
    expect(one()).not.toBe(other());
  });

  describe('that is wrong', () => {
    let wall: number;
    let monotonic: number;
    const clockNow = () =>
      createAcceptanceClock(
        () => wall,
        () => 0,
        () => monotonic,
      );
    const millis = ({ now }: AcceptanceClock) => Math.floor(now() / 1_000);
    const pass = (ms: number) => {
      wall += ms;
      monotonic += ms;
    };
    beforeEach(() => {
      [wall, monotonic] = [1_000_000, 7];
    });

    test('is corrected by another clock if it is more than half a second off', () => {
      const clock = clockNow();
      expect(clock.correct(1_000_500, 1_000_600)).toBe(0);
      expect(clock.correct(999_400, 999_500)).toBe(0);
      expect(clock.correct(1_000_000, 1_000_000, 0)).toBe(0);
      expect(millis(clock)).toBe(1_000_000);
      expect(clock.correct(1_060_000, 1_060_010)).toBe(-60_000);
      expect(millis(clock)).toBe(1_060_000);
      pass(30_000);
      expect(millis(clock)).toBe(1_090_000);
      expect(clock.correct(1_089_000, 1_091_000)).toBe(0);
      expect(clock.correct(1_089_800, 1_089_900, 0)).toBe(100);
    });

    test.each([-10_000, -600, 600, 60_000])('is trusted again once it is set by %d ms', (ms) => {
      const clock = clockNow();
      clock.correct(wall - ms * 2, wall - ms * 2);
      wall += ms;
      expect(millis(clock)).toBe(wall);
    });

    test('is checked once a second', () => {
      const { isCheckDue } = clockNow();
      expect([isCheckDue(), isCheckDue()]).toEqual([true, false]);
      pass(1_000);
      expect([isCheckDue(), isCheckDue()]).toEqual([true, false]);
    });
  });
});
