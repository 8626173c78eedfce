import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type Consumer, Kafka, logLevel } from 'kafkajs';
import { until } from '../../../lib/concurrency/deadline.ts';
import { kafkaConfig } from '../../../lib/config.ts';
import { StartError } from '../../../lib/errors.ts';
import { listMembers } from '../../../lib/kafka/cluster.ts';
import { createTopics } from '../../../lib/kafka/createTopics.ts';
import { type Claim, claimGroups } from '../../../lib/offline/claimGroups.ts';
import { clientIdOf, thisProcess } from '../../../lib/offline/event-source/kafkaFor.ts';
import { refuseOtherMembers } from '../../../lib/offline/otherMembers.ts';

const JOINED_WITHIN_MS = 30_000;

const config = kafkaConfig({
  KAFKA_BROKERS: process.env['TEST_KAFKA_BROKERS'],
  KAFKA_REPLICATION: '1',
  KAFKA_TOPIC_PREFIX: 'members-',
});

/** As the event source names its consumers. A process that looks has no consumers yet: its own are of a killed start. */
const LEFT_BEHIND = clientIdOf(thisProcess, 'the-first');
const LIVING = clientIdOf({ ...thisProcess, pid: process.ppid }, 'the-first');

const OTHER = /another system consumes these topics.*the-first@.* at .*KAFKA_TOPIC_PREFIX/;

let group: string;
let consumers: Consumer[];

beforeEach(async () => {
  await createTopics(config);
  group = `test-${randomUUID()}`;
  consumers = [];
});
afterEach(() => Promise.all(consumers.map((consumer) => consumer.disconnect())));

async function join(clientId: string): Promise<Consumer> {
  const kafka = new Kafka({ brokers: config.brokers, clientId, logLevel: logLevel.NOTHING });
  const consumer = kafka.consumer({ groupId: group });
  consumers.push(consumer);
  await consumer.connect();
  await consumer.subscribe({ topic: 'members-votes' });
  await consumer.run({ eachMessage: async () => {} });
  await until(async () => {
    if ((await listMembers(config, [group])).length === 0) throw new Error('Nobody has joined yet.');
  }, JOINED_WITHIN_MS);
  return consumer;
}

describe('existing members of the consumer groups', () => {
  test('are accepted if they belong to a killed start of the same folder', async () => {
    await join(LEFT_BEHIND);
    await refuseOtherMembers(config, ['nobody', group], 'the-first');
    expect(await listMembers(config, [group])).toMatchObject([{ clientId: LEFT_BEHIND }]);
  });

  test.each([
    ['of another folder', LEFT_BEHIND, 'the-second'],
    ['of a copy of the same folder', LIVING, 'the-first'],
    ['of a copy on another machine', clientIdOf({ host: 'elsewhere', pid: 1 }, 'the-first'), 'the-first'],
  ])('%s make the start fail if they stay, and the message names them', async (_, clientId, own) => {
    await join(clientId);
    const refusing = refuseOtherMembers(config, ['nobody', group], own);
    await expect(refusing).rejects.toThrow(StartError);
    await expect(refusing).rejects.toThrow(OTHER);
  });

  test('are waited for if they leave', async () => {
    const consumer = await join(LEFT_BEHIND);
    const refusing = refuseOtherMembers(config, [group], 'the-second');
    await consumer.disconnect();
    await refusing;
  });
});

describe('of starts at the same moment', () => {
  const outcomes = async (starts: string[]) => {
    const settled = await Promise.allSettled(starts.map((own) => claimGroups(config, [group], own)));
    const claims = settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    const errors = settled.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []));
    return { claims, errors };
  };
  const releaseAll = (claims: Claim[]) => Promise.all(claims.map(({ release }) => release()));

  test.each([
    ['different folders', ['the-first', 'the-first-too', 'the-first-again']],
    ['copies of a folder', ['the-first', 'the-first', 'the-first']],
  ])('one consumes, and the others fail: %s', async (_, starts) => {
    const { claims, errors } = await outcomes(starts);
    await releaseAll(claims);
    expect(claims).toHaveLength(1);
    expect(errors.map(({ message }) => message)).toEqual([
      expect.stringMatching(/another system consumes these topics/),
      expect.stringMatching(/another system consumes these topics/),
    ]);
  });

  test('the one that fails sees the consumers of the other, to which it has handed over', async () => {
    const first = await claimGroups(config, [group], 'the-first');
    const handedOver = first.handOver();
    const second = claimGroups(config, [group], 'the-second');
    await join(LEFT_BEHIND);
    await handedOver;
    await expect(second).rejects.toThrow(OTHER);
  });

  test('the next one consumes after the first has ended', async () => {
    const first = await claimGroups(config, [group], 'the-first');
    const second = claimGroups(config, [group], 'the-second');
    await first.release();
    await (await second).release();
    expect(await listMembers(config, [group, `${group}-start`])).toEqual([]);
  });
});
