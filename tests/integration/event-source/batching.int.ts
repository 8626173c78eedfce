import { afterEach, describe, expect, test } from '@jest/globals';
import { untilTrue } from '../../support/untilTrue.ts';
import { type Bench, numbered, openBench, values } from './harness.ts';

let bench: Bench;
afterEach(() => bench.close());

describe('a batch', () => {
  test('has the full batch size if a backlog waits', async () => {
    bench = await openBench();
    await bench.produce(...numbered(25));
    const sizes: number[] = [];
    await bench.start((records) => void sizes.push(records.length), { batchSize: 10, batchingWindowMs: 200 });
    await untilTrue(() => sizes.length === 3);
    expect(sizes).toEqual([10, 10, 5]);
  });

  test('of up to 10,000 records is one invocation', async () => {
    bench = await openBench();
    await bench.produce(...numbered(10_000));
    const sizes: number[] = [];
    await bench.start((records) => void sizes.push(records.length), {
      batchSize: 10_000,
      batchingWindowMs: 5000,
    });
    await untilTrue(() => sizes.length === 1);
    expect(sizes).toEqual([10_000]);
  });

  test('waits for its window, counted from the first record', async () => {
    bench = await openBench();
    const batches: { values: string[]; at: number }[] = [];
    const handler = (records: Parameters<typeof values>[0]) =>
      void batches.push({ values: values(records), at: Date.now() });
    await bench.start(handler, { batchingWindowMs: 600 });
    const first = Date.now();
    await bench.produce({ value: 'a' });
    await bench.produce({ value: 'b' });
    await untilTrue(() => batches.length === 1);
    expect(batches[0]?.values).toEqual(['a', 'b']);
    expect((batches[0]?.at ?? 0) - first).toBeGreaterThanOrEqual(600);
  });

  test('is sent at once with window 0, and records that arrive meanwhile form the next batch', async () => {
    bench = await openBench();
    const batches: string[][] = [];
    const release = Promise.withResolvers<void>();
    await bench.start((records) => {
      batches.push(values(records));
      return batches.length === 1 ? release.promise : null;
    });
    await bench.produce({ value: 'a' });
    await untilTrue(() => batches.length === 1);
    await bench.produce({ value: 'b' });
    await bench.produce({ value: 'c' });
    release.resolve();
    await untilTrue(() => batches.flat().length === 3);
    expect(batches[0]).toEqual(['a']);
  });

  test('stays within 6 MB of payload', async () => {
    bench = await openBench();
    for (let i = 0; i < 12; i++) await bench.produce({ value: Buffer.alloc(900_000, i) });
    const payloads: number[] = [];
    let seen = 0;
    const handler = (records: unknown[], event: unknown) => {
      payloads.push(JSON.stringify(event).length);
      seen += records.length;
    };
    await bench.start(handler, { batchingWindowMs: 3000 });
    await untilTrue(() => seen === 12);
    expect(Math.max(...payloads)).toBeLessThanOrEqual(6 * 1024 * 1024);
    expect(payloads[0]).toBeGreaterThan(4 * 1024 * 1024);
  });
});

describe('partitions', () => {
  test('are invoked in parallel, each with one invocation at a time and in order', async () => {
    bench = await openBench({ partitions: 3 });
    for (const partition of [0, 1, 2]) await bench.produce(...numbered(50, partition));
    const inFlight = new Map<number, number>();
    const seen = new Map<number, number[]>();
    let most = 0;
    const all = Promise.withResolvers<void>();
    const handler = async (records: { partition: number; offset: number }[]) => {
      const partition = records[0]?.partition ?? -1;
      inFlight.set(partition, (inFlight.get(partition) ?? 0) + 1);
      expect(inFlight.get(partition)).toBe(1);
      most = Math.max(most, inFlight.size);
      if (inFlight.size === 3) all.resolve();
      // Nobody returns before all three are in flight, which can be only if none waits for another.
      await all.promise;
      seen.set(partition, [...(seen.get(partition) ?? []), ...records.map(({ offset }) => offset)]);
      inFlight.delete(partition);
    };
    await bench.start(handler, { batchSize: 7 });
    await untilTrue(() => [...seen.values()].flat().length === 150);
    expect(most).toBe(3);
    for (const offsets of seen.values()) expect(offsets).toEqual(Array.from({ length: 50 }, (_, i) => i));
  });

  test('are not delayed by a failing partition', async () => {
    bench = await openBench({ partitions: 2 });
    await bench.produce({ value: 'poison', partition: 0 }, ...numbered(5, 1));
    const good: string[] = [];
    await bench.start((records) => {
      if (values(records).includes('poison')) throw new Error('poison');
      good.push(...values(records));
    });
    await untilTrue(async () => (await bench.committed()).at(1) === 5);
    expect(good).toEqual(['0', '1', '2', '3', '4']);
    expect((await bench.committed())[0]).toBe(-1);
  });
});

test('a backlog larger than memory stays on the broker and loses nothing', async () => {
  bench = await openBench({ partitions: 2 });
  for (let i = 0; i < 30; i++) await bench.produce(...numbered(1000, i % 2));
  let seen = 0;
  const offsets = new Map<number, number>();
  await bench.start(
    (records) => {
      for (const { partition, offset } of records) {
        expect(offset).toBe((offsets.get(partition) ?? -1) + 1);
        offsets.set(partition, offset);
      }
      seen += records.length;
    },
    { batchSize: 20 },
  );
  await untilTrue(() => seen === 30_000);
  await untilTrue(async () => (await bench.committed()).every((offset) => offset === 15_000));
});
