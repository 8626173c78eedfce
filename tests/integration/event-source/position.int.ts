import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { makeTopics } from '../../support/kafka/makeTopics.ts';
import { untilTrue } from '../../support/untilTrue.ts';
import { type Bench, numbered, openBench, values } from './harness.ts';

let bench: Bench;
beforeEach(async () => {
  bench = await openBench({ partitions: 2 });
});
afterEach(() => bench.close());

test('TRIM_HORIZON starts with the oldest record', async () => {
  await bench.produce(...numbered(3));
  const seen: string[] = [];
  await bench.start((records) => void seen.push(...values(records)));
  await untilTrue(() => seen.length === 3);
});

test('LATEST starts with the first record after the mapping was created, also after a restart', async () => {
  const latest = { startingPosition: { at: 'LATEST' } } as const;
  await bench.produce({ value: 'before', partition: 0 });
  const first = await bench.start(() => undefined, latest);
  await first.stop();
  await bench.produce({ value: 'while away', partition: 0 });
  const seen: string[] = [];
  await bench.start((records) => void seen.push(...values(records)), latest);
  await bench.produce({ value: 'after', partition: 0 });
  await untilTrue(() => seen.length === 2);
  expect(seen).toEqual(['while away', 'after']);
});

test('AT_TIMESTAMP starts with the first record of that time', async () => {
  const timestamps = [1000, 2000, 3000];
  await bench.produce(
    ...timestamps.map((time) => ({ value: `${time}`, timestamp: `${time}`, partition: 0 })),
  );
  const seen: string[] = [];
  const startingPosition = { at: 'AT_TIMESTAMP', timestampMs: 1500 } as const;
  await bench.start((records) => void seen.push(...values(records)), { startingPosition });
  await untilTrue(() => seen.length === 2);
  expect(seen).toEqual(['2000', '3000']);
});

test('an existing group continues from its commits, whatever the starting position', async () => {
  await bench.produce(...numbered(3));
  const first = await bench.start(() => undefined);
  await untilTrue(async () => (await bench.committed())[0] === 3);
  await first.stop();
  await bench.produce({ value: 'new', partition: 0 });
  const seen: string[] = [];
  await bench.start((records) => void seen.push(...values(records)));
  await untilTrue(() => seen.length > 0);
  expect(seen).toEqual(['new']);
});

test('a filter keeps records from the function, and their offsets are committed', async () => {
  await bench.produce(...numbered(10));
  const seen: string[] = [];
  await bench.start((records) => void seen.push(...values(records)), {
    filter: (value) => Number(`${value}`) % 4 === 0,
  });
  await untilTrue(async () => (await bench.committed())[0] === 10);
  expect(seen).toEqual(['0', '4', '8']);
});

test('a missing topic is waited for', async () => {
  const topic = `${bench.topic}.late`;
  const seen: string[] = [];
  const started = bench.start((records) => void seen.push(...values(records)), { topic });
  await untilTrue(() => bench.log.some((line) => line.includes('cannot consume from Kafka')));
  await makeTopics(bench.admin, [{ topic }]);
  await started;
});
