import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { kafkaConfig } from '../../../lib/config.ts';
import { kafkaClient } from '../../../lib/kafka/client.ts';
import { createTopics } from '../../../lib/kafka/createTopics.ts';
import { createProducer } from '../../../lib/kafka/producer.ts';
import { readLog } from '../../../lib/kafka/readLog.ts';
import { startKafka, type TestKafka } from '../../support/servers/servers.ts';

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
