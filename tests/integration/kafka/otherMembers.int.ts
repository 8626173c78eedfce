import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type Consumer, Kafka, logLevel } from 'kafkajs';
import { until } from '../../../lib/concurrency/deadline.ts';
import { kafkaConfig } from '../../../lib/config.ts';
import { StartError } from '../../../lib/errors.ts';
import { listMembers } from '../../../lib/kafka/cluster.ts';
import { createTopics } from '../../../lib/kafka/createTopics.ts';
import { clientIdOf, thisProcess } from '../../../lib/offline/event-source/kafkaFor.ts';
import { refuseOtherMembers } from '../../../lib/offline/prepareServers.ts';

const JOINED_WITHIN_MS = 30_000;

const config = kafkaConfig({
  KAFKA_BROKERS: process.env['TEST_KAFKA_BROKERS'],
  KAFKA_REPLICATION: '1',
  KAFKA_TOPIC_PREFIX: 'members-',
});

/** As the event source names its consumers. */
const CLIENT_ID = clientIdOf(thisProcess, 'the-first');

let group: string;
let consumer: Consumer;

beforeEach(async () => {
  await createTopics(config);
  group = `test-${randomUUID()}`;
  const kafka = new Kafka({ brokers: config.brokers, clientId: CLIENT_ID, logLevel: logLevel.NOTHING });
  consumer = kafka.consumer({ groupId: group });
  await consumer.connect();
  await consumer.subscribe({ topic: 'members-votes' });
  await consumer.run({ eachMessage: async () => {} });
  await until(async () => {
    if ((await listMembers(config, [group])).length === 0) throw new Error('Nobody has joined yet.');
  }, JOINED_WITHIN_MS);
});
afterEach(() => consumer.disconnect());

describe('existing members of the consumer groups', () => {
  test('are accepted if they belong to a killed start of the same folder', async () => {
    await refuseOtherMembers(config, ['nobody', group], 'the-first');
    expect(await listMembers(config, [group])).toMatchObject([{ clientId: CLIENT_ID }]);
  });

  test('make the start fail if they stay, and the message names them', async () => {
    const refusing = refuseOtherMembers(config, ['nobody', group], 'the-second');
    await expect(refusing).rejects.toThrow(StartError);
    await expect(refusing).rejects.toThrow(
      /another system consumes these topics.*the-first@.* at .*KAFKA_TOPIC_PREFIX/,
    );
  });

  test('are waited for if they leave', async () => {
    const refusing = refuseOtherMembers(config, [group], 'the-second');
    await consumer.disconnect();
    await refusing;
  });
});
