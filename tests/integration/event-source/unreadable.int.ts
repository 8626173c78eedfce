import { afterEach, expect, test } from '@jest/globals';
import type { MskRecord } from '../../../lib/offline/event-source/mskEvent.ts';
import { untilTrue } from '../../support/untilTrue.ts';
import { type Bench, numbered, openBench, values } from './harness.ts';

let bench: Bench;
afterEach(() => bench.close());

async function receive(count: number): Promise<MskRecord[]> {
  const seen: MskRecord[] = [];
  await bench.start((records) => void seen.push(...records));
  await untilTrue(() => seen.length === count);
  return seen;
}

// The broker compresses anew what it is sent otherwise, with the libraries that other clients use.
test.each(['gzip', 'snappy', 'lz4', 'zstd'])('records compressed with %s are read', async (codec) => {
  bench = await openBench({ config: [{ name: 'compression.type', value: codec }] });
  const large = { key: 'large', value: Buffer.from('many words '.repeat(50_000)) };
  await bench.produce(...numbered(500), large);
  const seen = await receive(501);
  expect(values(seen.slice(0, 500))).toEqual(numbered(500).map(({ value }) => value));
  expect(Buffer.from(seen[500]?.value ?? '', 'base64')).toEqual(large.value);
});

test('headers named like properties of Object.prototype work like others', async () => {
  bench = await openBench();
  const names = ['constructor', '__proto__', 'toString', 'hasOwnProperty', 'waiter'];
  // KafkaJS itself sends each name once only.
  const headers = Object.assign(Object.create(null), Object.fromEntries(names.map((name) => [name, 'x'])));
  Object.defineProperty(headers, '__proto__', { value: 'x', enumerable: true });
  await bench.produce({ value: 'a', headers }, { value: 'b' });
  const [first, second] = await receive(2);
  expect(first?.headers.map((header) => Object.keys(header)[0]).sort()).toEqual([...names].sort());
  expect(second?.headers).toEqual([]);
  await untilTrue(async () => (await bench.committed())[0] === 2);
});

test('a record with thousands of headers causes no delay', async () => {
  bench = await openBench();
  const headers = Object.fromEntries(Array.from({ length: 5_000 }, (_, at) => [`header ${at}`, 'x']));
  await bench.produce({ value: 'many', headers });
  const began = Date.now();
  const [record] = await receive(1);
  expect(record?.headers).toHaveLength(5_000);
  expect(Date.now() - began).toBeLessThan(5_000);
});
