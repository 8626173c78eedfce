import { describe, expect, test } from '@jest/globals';
import { longestTimes, type Times } from '../../faults/recovery.ts';

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
