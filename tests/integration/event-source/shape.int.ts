import { afterEach, expect, test } from '@jest/globals';
import type { MskEvent } from '../../../lib/offline/event-source/mskEvent.ts';
import { untilTrue } from '../../support/untilTrue.ts';
import { type Bench, openBench } from './harness.ts';

let bench: Bench;
afterEach(() => bench.close());

async function receive(count: number): Promise<MskEvent[]> {
  const events: MskEvent[] = [];
  let seen = 0;
  await bench.start((records, event) => {
    events.push(event);
    seen += records.length;
  });
  await untilTrue(() => seen === count);
  return events;
}

test('a record has Lambda’s format, with key, value, time and headers', async () => {
  bench = await openBench({ partitions: 3 });
  const headers = { trace: Buffer.from([1, 200]), twice: ['a', 'b'] };
  await bench.produce({ key: 'k', value: 'v', partition: 2, timestamp: '1700000000123', headers });
  const [event] = await receive(1);
  expect(event).toEqual({
    eventSource: 'aws:kafka',
    eventSourceArn: 'arn:aws:kafka:us-east-1:000000000000:cluster/test/1',
    bootstrapServers: process.env['TEST_KAFKA_BROKERS'],
    records: {
      [`${bench.topic}-2`]: [
        {
          topic: bench.topic,
          partition: 2,
          offset: 0,
          timestamp: 1700000000123,
          timestampType: 'CREATE_TIME',
          key: 'aw==',
          value: 'dg==',
          headers: [{ trace: [1, -56] }, { twice: [97] }, { twice: [98] }],
        },
      ],
    },
  });
});

test('a tombstone has no value, and a record without key has no key', async () => {
  bench = await openBench();
  await bench.produce({ key: 'gone', value: null }, { value: 'v' });
  const records = (await receive(2)).flatMap((event) => Object.values(event.records).flat());
  expect(records[0]).toMatchObject({ key: 'Z29uZQ==', headers: [] });
  expect(records[0]).not.toHaveProperty('value');
  expect(records[1]).not.toHaveProperty('key');
});

test('a topic with append time has the time of the broker', async () => {
  bench = await openBench({ config: [{ name: 'message.timestamp.type', value: 'LogAppendTime' }] });
  const before = Date.now();
  await bench.produce({ value: 'v', timestamp: '1' });
  const [event] = await receive(1);
  const record = event?.records[`${bench.topic}-0`]?.[0];
  expect(record?.timestampType).toBe('LOG_APPEND_TIME');
  expect(record?.timestamp).toBeGreaterThanOrEqual(before);
});
