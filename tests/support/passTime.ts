import { jest } from '@jest/globals';

/** Lets the monotonic clock jump ahead by that much, as if the time had passed; `jest.restoreAllMocks` sets it back.
 * Timers do not notice. */
export function passTime(ms: number): void {
  const clock = jest.spyOn(performance, 'now');
  const before = clock.getMockImplementation();
  clock.mockImplementation(() => (before?.call(performance) ?? 0) + ms);
}
