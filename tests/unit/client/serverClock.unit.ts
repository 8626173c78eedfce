import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import { serverClock } from '../../../lib/client/serverClock.ts';

const NOON = Date.parse('2026-01-01T12:00:00Z');

beforeEach(() => {
  jest.useFakeTimers({ now: NOON });
});
afterEach(() => {
  jest.useRealTimers();
});

test("the server's time is the device's until the server has sent one, and goes on from there", () => {
  const clock = serverClock();
  clock.hear(undefined);
  clock.hear('yesterday');
  expect(clock.now()).toBe(NOON);
  clock.hear('2026-01-01T11:30:00.500Z');
  jest.advanceTimersByTime(2_000);
  expect(clock.now()).toBe(Date.parse('2026-01-01T11:30:02.500Z'));
});

test('what comes late or from a cache does not set it back', () => {
  const clock = serverClock();
  clock.hear('2026-01-01T12:00:01.000Z');
  clock.hear('Thu, 01 Jan 2026 11:59:02 GMT');
  expect(clock.now()).toBe(NOON + 1_000);
});

test('it is right after the clock of a slow device is corrected, and before the next message', () => {
  fc.assert(
    fc.property(fc.integer({ min: 3_000, max: 10_000_000 }), (slowMs) => {
      jest.setSystemTime(NOON);
      const clock = serverClock();
      clock.hear(new Date(NOON + slowMs).toISOString());
      expect(clock.now()).toBe(NOON + slowMs);
      jest.setSystemTime(NOON + slowMs);
      expect(clock.now()).toBe(NOON + slowMs);
      jest.advanceTimersByTime(1_000);
      expect(clock.now()).toBe(NOON + slowMs + 1_000);
    }),
  );
});

test('after the clock of a fast device is corrected, it is right with the next message', () => {
  const clock = serverClock();
  clock.hear(new Date(NOON - 60_000).toISOString());
  jest.setSystemTime(NOON - 60_000);
  clock.hear(new Date(NOON - 60_000).toISOString());
  expect(clock.now()).toBe(NOON - 60_000);
});

test('a late time does not set it back after a correction either', () => {
  const clock = serverClock();
  clock.hear('2026-01-01T12:01:00Z');
  jest.setSystemTime(NOON + 60_000);
  clock.hear('2026-01-01T12:01:01Z');
  clock.hear('2026-01-01T12:00:30Z');
  expect(clock.now()).toBe(NOON + 61_000);
});
