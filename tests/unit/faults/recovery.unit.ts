import { describe, expect, test } from '@jest/globals';
import { now } from '../../faults/load/now.ts';
import type { Try } from '../../faults/load/voter.ts';
import { acceptingAgain, longestTimes, type Times } from '../../faults/recovery.ts';

describe('times that are measured while brokers are restarted', () => {
  test('are the longest ones, up to the last that began before the end', async () => {
    const work = Promise.withResolvers<void>();
    const measured: Times[] = [
      { accepting: 1, counting: 7 },
      { accepting: 4, counting: 2 },
      { accepting: 2, counting: 3 },
    ];
    const measure = async () => {
      const next = measured.shift() ?? { accepting: 99, counting: 99 };
      if (measured.length === 0) work.resolve();
      return next;
    };
    expect(await longestTimes(measure, work.promise)).toEqual({ accepting: 4, counting: 7 });
  });

  test('do not hide that a restart or a measurement failed', async () => {
    const measure = async () => ({ accepting: 1, counting: 1 });
    await expect(longestTimes(measure, Promise.reject(new Error('no start')))).rejects.toThrow('no start');
    const stuck = () => Promise.reject(new Error('no votes'));
    await expect(longestTimes(stuck, new Promise(() => {}))).rejects.toThrow('no votes');
  });
});

describe('the time until votes are accepted again', () => {
  const since = now() - 10_000;
  const at = (ms: number, more: Partial<Try>): Try => {
    return { choices: 1, sentAt: since + ms, answeredAt: since + ms + 100, answer: 'accepted', ...more };
  };
  const accepted = Array.from({ length: 60 }, (_, number) => at(900 + number, {}));
  const timeWith = (made: Try) =>
    acceptingAgain({ accepted, answered: [...accepted, made] }, since, 1).then((seconds) =>
      seconds.toFixed(1),
    );

  test('lasts as long as voters are turned away', async () => {
    expect(await timeWith(at(3_000, { answer: 'unknown' }))).toBe('3.1');
    expect(await timeWith(at(-50, { answer: 'unknown' }))).toBe('1.0');
  });

  test('does not contain how long a client waits to connect again', async () => {
    expect(await timeWith(at(3_000, { answer: 'unknown', isUnsent: true }))).toBe('1.0');
  });
});
