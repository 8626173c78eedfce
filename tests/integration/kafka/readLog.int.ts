import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Kafka, logLevel } from 'kafkajs';
import { deadlineIn } from '../../../lib/clock.ts';
import { withDeadline } from '../../../lib/concurrency/deadline.ts';
import { kafkaConfig } from '../../../lib/config.ts';
import { kafkaClient } from '../../../lib/kafka/client.ts';
import { createTopics } from '../../../lib/kafka/createTopics.ts';
import { createProducer } from '../../../lib/kafka/producer.ts';
import { readLog } from '../../../lib/kafka/readLog.ts';
import { startKafka, type TestKafka } from '../../support/servers/servers.ts';

const READS_WITHIN_MS = 20_000;

// A broker of its own: one that has had a consumer group has a coordinator.
let kafka: TestKafka;
beforeAll(async () => {
  kafka = await startKafka();
});
afterAll(() => kafka.stop());

test('the first consumer group of a cluster waits for its coordinator', async () => {
  const config = kafkaConfig({ KAFKA_BROKERS: kafka.brokers.join(), KAFKA_REPLICATION: '1' });
  await createTopics(config);
  const client = kafkaClient(config);
  const producer = createProducer(client, '');
  await producer.produce('votes', [{ partition: 0, key: null, value: Buffer.from('vote') }]);
  await producer.disconnect();

  const read: string[] = [];
  await readLog(client, { topic: 'votes', groupId: 'first' }, async (_, messages) => {
    read.push(...messages.map(({ value }) => `${value}`));
  });
  expect(read).toEqual(['vote']);
});

test('a log ends where its last records are of an aborted transaction, which no reader sees', async () => {
  const config = kafkaConfig({ KAFKA_BROKERS: kafka.brokers.join(), KAFKA_TOPIC_PREFIX: 'aborted-' });
  await createTopics({ ...config, replication: 1 });
  const topic = 'aborted-votes';
  const other = new Kafka({ brokers: kafka.brokers, logLevel: logLevel.NOTHING });
  const producer = other.producer({ transactionalId: 'another program', maxInFlightRequests: 1 });
  await producer.connect();
  const committed = await producer.transaction();
  await committed.send({ topic, messages: [{ partition: 0, value: 'vote' }] });
  await committed.commit();
  const aborted = await producer.transaction();
  await aborted.send({ topic, messages: [0, 1].map((partition) => ({ partition, value: 'no vote' })) });
  await aborted.abort();
  await producer.disconnect();

  const read: string[] = [];
  const reading = readLog(kafkaClient(config), { topic, groupId: 'of-aborted' }, async (_, messages) => {
    read.push(...messages.map(({ value }) => `${value}`));
  });
  await withDeadline(reading, deadlineIn(READS_WITHIN_MS), 'The log');
  expect(read).toEqual(['vote']);
});
