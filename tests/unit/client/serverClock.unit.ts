import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
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

test('it is right again after the device is set', () => {
  const clock = serverClock();
  clock.hear('2026-01-01T14:00:00Z');
  jest.setSystemTime(NOON + 7_200_000);
  clock.hear('2026-01-01T14:00:00Z');
  expect(clock.now()).toBe(NOON + 7_200_000);
});
