import { expect, test } from '@jest/globals';
import { createRecordClock } from '../../../lib/offline/event-source/recordClock.ts';

const MINUTE_MS = 60_000;

test('the clock follows the wall clock back, never forward, and goes on with the time that passes', () => {
  let [wall, monotonic] = [1_000_000, 5];
  const pass = (ms: number) => {
    wall += ms;
    monotonic += ms;
  };
  const clock = createRecordClock(
    () => wall,
    () => monotonic,
  );
  pass(10);
  expect(clock()).toBe(1_000_010);
  wall += MINUTE_MS;
  expect(clock()).toBe(1_000_010);
  wall -= MINUTE_MS;
  pass(10);
  expect(clock()).toBe(1_000_020);
  wall -= MINUTE_MS;
  expect(clock()).toBe(1_000_020 - MINUTE_MS);
});
