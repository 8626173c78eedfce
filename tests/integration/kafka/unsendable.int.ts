import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { deadlineIn } from '../../../lib/clock.ts';
import { kafkaConfig } from '../../../lib/config.ts';
import { UnsendableError } from '../../../lib/errors.ts';
import { connectAny, kafkaClient } from '../../../lib/kafka/client.ts';
import { createProducer, type SettlingProducer } from '../../../lib/kafka/producer.ts';
import { makeTopics } from '../../support/kafka/makeTopics.ts';

const client = () => kafkaClient(kafkaConfig({ KAFKA_BROKERS: process.env['TEST_KAFKA_BROKERS'] }));

let producer: SettlingProducer;
beforeEach(() => {
  producer = createProducer(client(), '');
});
afterEach(() => producer.disconnect());

async function makeTopic(maxMessageBytes: number): Promise<string> {
  const topic = `sizes-${randomUUID()}`;
  const admin = await connectAny(() => client().admin());
  const configEntries = [{ name: 'max.message.bytes', value: `${maxMessageBytes}` }];
  await makeTopics(admin, [{ topic, numPartitions: 2, configEntries }]);
  await admin.disconnect();
  return topic;
}

const record = (bytes: number, partition = 0) => ({ partition, key: null, value: Buffer.alloc(bytes, 7) });

test('more than a broker’s request limit is sent in several requests, in order', async () => {
  const topic = await makeTopic(1_048_588);
  const places = await producer.produce(
    topic,
    Array.from({ length: 40 }, () => record(100_000)),
  );
  expect(places.map(({ offset }) => offset)).toEqual(Array.from({ length: 40 }, (_, offset) => offset));
});

test('a topic with a lower limit gets smaller requests, in order', async () => {
  const topic = await makeTopic(50_000);
  const places = await producer.produce(
    topic,
    Array.from({ length: 20 }, () => record(20_000)),
  );
  expect(places.map(({ offset }) => offset)).toEqual(Array.from({ length: 20 }, (_, offset) => offset));
});

test('a record that is too large fails at once with its own error, and affects no other record', async () => {
  const topic = await makeTopic(50_000);
  const began = Date.now();
  const records = [record(10), record(60_000), record(20), record(30, 1)];
  const outcomes = await producer.settle(topic, records, deadlineIn(60_000));
  expect(Date.now() - began).toBeLessThan(10_000);
  expect(outcomes[1]).toBeInstanceOf(UnsendableError);
  expect(outcomes[1]).toMatchObject({ code: 'unsendable', cause: { type: 'MESSAGE_TOO_LARGE' } });
  expect(outcomes.filter((outcome) => !(outcome instanceof Error))).toHaveLength(3);
});

test('a missing topic fails before the deadline', async () => {
  const began = Date.now();
  const outcome = producer.produce(`none-${randomUUID()}`, [record(1)], deadlineIn(60_000));
  await expect(outcome).rejects.toThrow(UnsendableError);
  expect(Date.now() - began).toBeLessThan(20_000);
});
