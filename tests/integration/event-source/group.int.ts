import { afterEach, describe, expect, test } from '@jest/globals';
import type { MskRecord } from '../../../lib/offline/event-source/mskEvent.ts';
import { untilTrue } from '../../support/untilTrue.ts';
import { type Bench, numbered, openBench, values } from './harness.ts';

let bench: Bench;
afterEach(() => bench.close());

const idsOf = (records: readonly MskRecord[]) =>
  records.map(({ partition, offset }) => `${partition}/${offset}`);

describe('a rebalance', () => {
  test('loses no record, and repeats at most the records in flight', async () => {
    bench = await openBench({ partitions: 4 });
    const perPartition = 600;
    const inFlightAtMost = 4 * 10;
    const deliveries: string[] = [];
    const handler = async (records: MskRecord[]) => {
      await new Promise((resolve) => setTimeout(resolve, 20));
      deliveries.push(...idsOf(records));
    };
    const first = await bench.start(handler, { batchSize: 10 });
    const produced = (async () => {
      for (let i = 0; i < perPartition / 50; i++) {
        for (const partition of [0, 1, 2, 3]) await bench.produce(...numbered(50, partition));
      }
    })();
    await untilTrue(() => deliveries.length > 100);
    await bench.start(handler, { batchSize: 10 });
    await untilTrue(async () => (await bench.members()) === 2);
    await untilTrue(() => deliveries.length > 600);
    await first.stop();
    await produced;
    await untilTrue(async () => (await bench.committed()).every((offset) => offset === perPartition));
    expect(new Set(deliveries).size).toBe(4 * perPartition);
    // One in flight a partition at each of the two rebalances.
    expect(deliveries.length - 4 * perPartition).toBeLessThanOrEqual(2 * inFlightAtMost);
  });

  test('continues the invocation of a partition that stays, and does not repeat it', async () => {
    bench = await openBench({ partitions: 2 });
    await bench.produce({ value: 'a', partition: 0 }, { value: 'b', partition: 1 });
    const release = Promise.withResolvers<void>();
    const first: string[] = [];
    const second: string[] = [];
    await bench.start((records) => {
      first.push(...values(records));
      return release.promise;
    });
    await untilTrue(() => first.length === 2);
    await bench.start((records) => void second.push(...values(records)));
    // Each of the two members has one partition now, and the newcomer repeats the record it took over.
    await untilTrue(() => second.length === 1);
    release.resolve();
    await untilTrue(async () => (await bench.committed()).every((offset) => offset === 1));
    expect(first.sort()).toEqual(['a', 'b']);
    expect(second).toHaveLength(1);
  });
});

test('an invocation longer than the session timeout keeps its partition', async () => {
  bench = await openBench();
  await bench.produce({ value: 'a' });
  let attempts = 0;
  await bench.start(() => {
    attempts += 1;
    return new Promise((resolve) => setTimeout(resolve, 13_000));
  });
  await untilTrue(async () => (await bench.committed())[0] === 1);
  expect(attempts).toBe(1);
  expect(bench.log.filter((line) => line.includes('partitions in group'))).toHaveLength(1);
});

describe('a stop', () => {
  test('waits for the invocation in flight, commits it, starts no other and leaves the group', async () => {
    bench = await openBench();
    await bench.produce(...numbered(3));
    const release = Promise.withResolvers<void>();
    const seen: string[] = [];
    const source = await bench.start(
      (records) => {
        seen.push(...values(records));
        return release.promise;
      },
      { batchSize: 1 },
    );
    await untilTrue(() => seen.length === 1);
    const stopped = source.stop();
    release.resolve();
    await stopped;
    expect(await bench.committed()).toEqual([1]);
    expect(await bench.members()).toBe(0);
    expect(seen).toEqual(['0']);
  });

  test('abandons an invocation that does not end, without committing it', async () => {
    bench = await openBench();
    await bench.produce({ value: 'a' });
    let started = false;
    const source = await bench.start(() => {
      started = true;
      return new Promise(() => undefined);
    });
    await untilTrue(() => started);
    const began = performance.now();
    await source.stop();
    expect(performance.now() - began).toBeLessThan(9_000);
    expect(await bench.committed()).toEqual([-1]);
    expect(await bench.members()).toBe(0);
  });

  test('does not wait for the back-off of a failing batch', async () => {
    bench = await openBench();
    await bench.produce({ value: 'a' });
    let attempts = 0;
    const source = await bench.start(() => {
      attempts += 1;
      throw new Error('never');
    });
    // From here on the back-off takes more than three seconds.
    await untilTrue(() => attempts === 6);
    const began = performance.now();
    await source.stop();
    expect(performance.now() - began).toBeLessThan(2_000);
  });
});
