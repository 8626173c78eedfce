import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import { shareResults } from '../../../lib/concurrency/shareResults.ts';

const EVERY_MS = 1_000;
let now: number;
let calls: PromiseWithResolvers<number>[];
let share: () => Promise<number>;

beforeEach(() => {
  now = 1_000_000;
  jest.spyOn(Date, 'now').mockImplementation(() => now);
  calls = [];
  share = shareResults(() => {
    const call = Promise.withResolvers<number>();
    calls.push(call);
    return call.promise;
  }, EVERY_MS);
});
afterEach(() => {
  jest.restoreAllMocks();
});

describe('shared work', () => {
  test('is done once for all who ask while it runs, however long that takes', async () => {
    const first = share();
    now += 5 * EVERY_MS;
    const second = share();
    calls[0]?.resolve(1);
    expect(await Promise.all([first, second])).toEqual([1, 1]);
    expect(calls).toHaveLength(1);
  });

  test('is done again after the interval, and not before', async () => {
    const first = share();
    calls[0]?.resolve(1);
    await first;
    now += EVERY_MS - 1;
    expect(await share()).toBe(1);
    now += 1;
    const second = share();
    calls[1]?.resolve(2);
    expect(await second).toBe(2);
    expect(calls).toHaveLength(2);
  });

  test('shares an error like a result', async () => {
    const first = share();
    calls[0]?.reject(new Error('No connections left.'));
    await expect(first).rejects.toThrow('No connections left.');
    await expect(share()).rejects.toThrow('No connections left.');
    now += EVERY_MS;
    const second = share();
    calls[1]?.resolve(2);
    expect(await second).toBe(2);
  });
});

test('however often callers ask, the work begins at most once per interval', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(2 * EVERY_MS), { maxLength: 50 }), async (pauses) => {
      const begun: number[] = [];
      const ask = shareResults(async () => begun.push(now), EVERY_MS);
      for (const pause of pauses) {
        now += pause;
        await ask();
      }
      const gaps = begun.slice(1).map((at, index) => at - (begun[index] ?? 0));
      expect(gaps.every((gap) => gap >= EVERY_MS)).toBe(true);
    }),
  );
});
