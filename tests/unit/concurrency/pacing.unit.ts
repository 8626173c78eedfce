import { describe, expect, test } from '@jest/globals';
import { createPace, createPaces } from '../../../lib/concurrency/pacing.ts';

async function secondsFor(count: number, pace: () => Promise<void>): Promise<number> {
  const begun = performance.now();
  for (let n = 0; n < count; n += 1) await pace();
  return (performance.now() - begun) / 1_000;
}

describe('a pace', () => {
  test('sends a small round at once', async () => {
    expect(await secondsFor(400, createPace(1_000))).toBeLessThan(0.2);
  });

  test('spreads a large round over its time, however late timers fire', async () => {
    const seconds = await secondsFor(2_500, createPace(2_000));
    // 1,000 of them at once, the others at 2,000 a second.
    expect(seconds).toBeGreaterThan(0.73);
    expect(seconds).toBeLessThan(1.1);
  });

  test('is shared by all senders of one shard, and by no other', async () => {
    const paceOf = createPaces(4_000, 4);
    await secondsFor(500, paceOf(0));
    const [own, other] = await Promise.all([secondsFor(250, paceOf(0)), secondsFor(250, paceOf(1))]);
    expect(own).toBeGreaterThan(0.15);
    expect(other).toBeLessThan(0.15);
  });
});
