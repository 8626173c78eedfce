import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { startProgress } from '../../../lib/operators/commandProgress.ts';

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

test('long work is reported every few seconds, short work not at all', () => {
  const lines: string[] = [];
  const progress = startProgress((line) => lines.push(line));
  jest.advanceTimersByTime(3_000);
  progress.doing('Counting');
  jest.advanceTimersByTime(2_900);
  expect(lines).toEqual([]);
  jest.advanceTimersByTime(3_100);
  progress.doing('Counted 10 of 20');
  jest.advanceTimersByTime(3_000);
  progress.stop();
  jest.advanceTimersByTime(60_000);
  expect(lines).toEqual(['Counting (3 s)', 'Counting (6 s)', 'Counted 10 of 20 (9 s)']);
});
