import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { monotonicMs } from '../../../lib/clock.ts';
import { createMicroBatcher, type SendMany } from '../../../lib/concurrency/microBatcher.ts';
import { UnavailableError } from '../../../lib/errors.ts';

const limits = { timeoutMs: 5_000, maxBatch: 10, maxWaiting: 25 };

/** A log whose sends end when the test says so. */
function heldSender() {
  const batches: string[][] = [];
  const releases: ((error?: Error) => void)[] = [];
  const send: SendMany<string, number> = (items) => {
    batches.push(items);
    return new Promise((resolve, reject) => {
      releases.push((error) => (error ? reject(error) : resolve(items.map((item) => item.length))));
    });
  };
  const release = async (error?: Error) => {
    await settled();
    releases.shift()?.(error);
    await settled();
  };
  return { batches, send, release };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('a micro-batcher', () => {
  test('sends the first item at once, and those that arrive meanwhile together', async () => {
    const { batches, send, release } = heldSender();
    const add = createMicroBatcher(send, limits);
    const first = add('a');
    await settled();
    const rest = [add('bb'), add('ccc')];
    expect(batches).toEqual([['a']]);
    await release();
    expect(batches).toEqual([['a'], ['bb', 'ccc']]);
    await release();
    expect(await Promise.all([first, ...rest])).toEqual([1, 2, 3]);
  });

  test('returns each caller’s own result, in any mixture of batches', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat({ max: 3 }), { maxLength: 60 }), async (pauses) => {
        const add = createMicroBatcher<number, string>(
          async (items) => {
            await settled();
            return items.map((item) => `result of ${item}`);
          },
          { ...limits, maxWaiting: 100 },
        );
        const results: Promise<string>[] = [];
        for (const [item, pause] of pauses.entries()) {
          results.push(add(item));
          for (let turn = 0; turn < pause; turn++) await settled();
        }
        expect(await Promise.all(results)).toEqual(pauses.map((_, item) => `result of ${item}`));
      }),
      { numRuns: 30 },
    );
  });

  test('fails exactly the items of a failed batch, and continues', async () => {
    const { send, release } = heldSender();
    const add = createMicroBatcher(send, limits);
    const first = add('a');
    await settled();
    const second = add('b');
    const failed = expect(first).rejects.toThrow('Kafka is away.');
    await release(new UnavailableError('Kafka is away.'));
    await release();
    await failed;
    expect(await second).toBe(1);
    const third = add('ccc');
    await release();
    expect(await third).toBe(3);
  });

  test('keeps batches within their limit and in order', async () => {
    const { batches, send, release } = heldSender();
    const add = createMicroBatcher(send, limits);
    const items = Array.from({ length: 23 }, (_, at) => `item ${at}`);
    const all = Promise.all(items.map(add));
    for (let batch = 0; batch < 3; batch++) await release();
    await all;
    expect(batches.map((batch) => batch.length)).toEqual([10, 10, 3]);
    expect(batches.flat()).toEqual(items);
  });

  test('rejects items at once if too many wait', async () => {
    const { send, release } = heldSender();
    const add = createMicroBatcher(send, limits);
    const first = add('a');
    await settled();
    const waiting = Array.from({ length: limits.maxWaiting }, () => add('b'));
    await expect(add('one too many')).rejects.toThrow(UnavailableError);
    for (let batch = 0; batch < 4; batch++) await release();
    expect(await Promise.all([first, ...waiting])).toHaveLength(1 + limits.maxWaiting);
  });

  test('gives a batch the deadline of its longest waiting item', async () => {
    const deadlines: number[] = [];
    const before = monotonicMs();
    const add = createMicroBatcher<string, string>(async (items, deadline) => {
      deadlines.push(deadline);
      return items;
    }, limits);
    await Promise.all([add('a'), add('b')]);
    expect(deadlines).toHaveLength(1);
    expect(deadlines[0]).toBeGreaterThanOrEqual(before + limits.timeoutMs);
    expect(deadlines[0]).toBeLessThanOrEqual(monotonicMs() + limits.timeoutMs);
  });

  test('does not let lanes wait for each other', async () => {
    const { batches, send, release } = heldSender();
    const add = createMicroBatcher(send, limits, (item) => item[0]);
    const slow = add('a1');
    await settled();
    const others = [add('a2'), add('b1')];
    await settled();
    expect(batches).toEqual([['a1'], ['b1']]);
    await release();
    await release();
    await release();
    expect(batches).toEqual([['a1'], ['b1'], ['a2']]);
    expect(await Promise.all([slow, ...others])).toEqual([2, 2, 2]);
  });

  test('gives an item that fails alone its own error', async () => {
    const add = createMicroBatcher<string, string>(
      async (items) => items.map((item) => (item === 'bad' ? new Error('bad') : item)),
      limits,
    );
    const outcomes = await Promise.allSettled([add('good'), add('bad'), add('fine')]);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  });
});
