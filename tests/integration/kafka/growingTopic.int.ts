import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { Admin } from 'kafkajs';
import { kafkaConfig } from '../../../lib/config.ts';
import { connectAny, kafkaClient } from '../../../lib/kafka/client.ts';
import { createProducer, type Producer } from '../../../lib/kafka/producer.ts';
import { makeTopics } from '../../support/kafka/makeTopics.ts';

// The configuration says twelve before the topic has them, as it does after a deployment that raises them.
const client = () =>
  kafkaClient(kafkaConfig({ KAFKA_BROKERS: process.env['TEST_KAFKA_BROKERS'], VOTES_PARTITIONS: '12' }));

let admin: Admin;
let producer: Producer;
let topic: string;

beforeEach(async () => {
  topic = `growing-${randomUUID()}`;
  admin = await connectAny(() => client().admin());
  producer = createProducer(client(), '');
  await makeTopics(admin, [{ topic, numPartitions: 6 }]);
});
afterEach(async () => {
  await Promise.all([admin.disconnect(), producer.disconnect()]);
});

const castMany = async () => {
  const records = Array.from({ length: 50 }, () => ({
    key: Buffer.from(randomUUID().replaceAll('-', ''), 'hex'),
    value: Buffer.from('vote'),
  }));
  const places = await producer.produce(topic, records);
  return places.map(({ partition }) => partition);
};

test('votes are spread over the existing partitions, and over new ones as soon as they exist', async () => {
  expect(new Set(await castMany())).toEqual(new Set([0, 1, 2, 3, 4, 5]));
  await admin.createPartitions({ topicPartitions: [{ topic, count: 12 }] });
  const raisedAt = Date.now();
  while (!(await castMany()).some((partition) => partition >= 6)) {
    expect(Date.now() - raisedAt).toBeLessThan(60_000);
  }
});

test('a new partition can be named at once', async () => {
  await castMany();
  await admin.createPartitions({ topicPartitions: [{ topic, count: 8 }] });
  const [place] = await producer.produce(topic, [{ partition: 7, key: null, value: Buffer.from('marker') }]);
  expect(place).toMatchObject({ partition: 7, offset: 0 });
});
