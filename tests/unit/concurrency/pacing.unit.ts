import { describe, expect, test } from '@jest/globals';
import { createPace, createPaces, type Timing } from '../../../lib/concurrency/pacing.ts';

/** Time that passes only while somebody sleeps. */
function timeWithLateTimers(lateMs: number): Timing {
  let nowMs = 1_000_000;
  return {
    now: () => nowMs,
    sleep: async (ms) => {
      nowMs += ms + lateMs;
    },
  };
}

async function secondsFor(count: number, pace: () => Promise<void>, time: Timing): Promise<number> {
  const begun = time.now();
  for (let n = 0; n < count; n += 1) await pace();
  return (time.now() - begun) / 1_000;
}

describe('a pace', () => {
  test('sends a small round at once', async () => {
    const time = timeWithLateTimers(0);
    expect(await secondsFor(400, createPace(1_000, time), time)).toBe(0);
  });

  test.each([0, 7, 40])(
    'spreads a large round over its time, though timers fire %p ms late',
    async (lateMs) => {
      const time = timeWithLateTimers(lateMs);
      const seconds = await secondsFor(2_500, createPace(2_000, time), time);
      // 1,000 of them at once, the others at 2,000 a second.
      expect(seconds).toBeGreaterThan(0.749);
      expect(seconds).toBeLessThan(0.751 + lateMs / 1_000);
    },
  );

  test('is shared by all senders of one shard, and by no other', async () => {
    const time = timeWithLateTimers(0);
    const paceOf = createPaces(4_000, 4, time);
    await secondsFor(500, paceOf(0), time);
    expect(await secondsFor(250, paceOf(1), time)).toBe(0);
    expect(await secondsFor(250, paceOf(0), time)).toBeCloseTo(0.25, 3);
  });
});
