import { afterAll, beforeAll, expect, test } from '@jest/globals';
import kafkajs, { type Admin, Kafka, logLevel } from 'kafkajs';
import { until } from '../../../lib/concurrency/deadline.ts';
import { type KafkaConfig, kafkaConfig } from '../../../lib/config.ts';
import { TopicError } from '../../../lib/errors.ts';
import { createTopics } from '../../../lib/kafka/createTopics.ts';

const brokers = () => process.env['TEST_KAFKA_BROKERS'] ?? '';
const MADE_WITHIN_MS = 30_000;

let admin: Admin;
beforeAll(async () => {
  admin = new Kafka({ brokers: brokers().split(','), logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
});
afterAll(() => admin.disconnect());

/** @param topicPrefix of a test's own, since all use the one broker */
function config(topicPrefix: string, more: Record<string, string> = {}): KafkaConfig {
  const env = { KAFKA_BROKERS: brokers(), KAFKA_REPLICATION: '1', KAFKA_TOPIC_PREFIX: topicPrefix };
  return kafkaConfig({ ...env, ...more });
}

async function make(topic: string, settings: Record<string, string>): Promise<void> {
  const configEntries = Object.entries(settings).map(([name, value]) => ({ name, value }));
  await admin.createTopics({ topics: [{ topic, configEntries }], waitForLeaders: false });
  await until(() => admin.fetchTopicMetadata({ topics: [topic] }), MADE_WITHIN_MS);
}

async function settingsOf(topic: string): Promise<Record<string, string>> {
  const { resources } = await admin.describeConfigs({
    resources: [{ type: kafkajs.ConfigResourceTypes.TOPIC, name: topic }],
    includeSynonyms: false,
  });
  const entries = resources[0]?.configEntries ?? [];
  return Object.fromEntries(entries.map(({ configName, configValue }) => [configName, configValue]));
}

test('topics are created with their prefix, and votes have the configured retention', async () => {
  const { created, clusterId } = await createTopics(config('made-', { VOTES_RETENTION_DAYS: '3' }));
  expect(created).toEqual(['made-votes', 'made-standings', 'made-webhooks', 'made-votes.dlq']);
  expect(clusterId).toBe((await admin.describeCluster()).clusterId);
  expect(await settingsOf('made-votes')).toMatchObject({
    'message.timestamp.type': 'LogAppendTime',
    'retention.ms': `${3 * 86_400_000}`,
    'retention.bytes': '-1',
    'cleanup.policy': 'delete',
    'unclean.leader.election.enable': 'false',
  });
});

test('topics with more replicas than brokers are refused with their names, Kafka’s reason and the setting', async () => {
  const creating = createTopics(config('wide-', { KAFKA_REPLICATION: '3' }));
  await expect(creating).rejects.toThrow(TopicError);
  await expect(creating).rejects.toThrow(
    /^Kafka refused to create topics with KAFKA_REPLICATION=3 .*wide-votes: Replication-factor is invalid \(INVALID_REPLICATION_FACTOR\)\./,
  );
});

test('existing topics are kept and get missing partitions', async () => {
  await createTopics(config('again-', { VOTES_PARTITIONS: '2' }));
  expect(await createTopics(config('again-', { VOTES_PARTITIONS: '5' }))).toMatchObject({ created: [] });
  await until(async () => {
    const { topics } = await admin.fetchTopicMetadata({ topics: ['again-votes'] });
    expect(topics[0]?.partitions).toHaveLength(5);
  }, MADE_WITHIN_MS);
});

test('a topic with the sender’s time or too little retention is rejected by name, and nothing is created', async () => {
  const others = {
    'message.timestamp.type': 'CreateTime',
    'retention.ms': '3600000',
    'cleanup.policy': 'delete',
  };
  await make('wrong-votes', others);
  const creating = createTopics(config('wrong-'));
  await expect(creating).rejects.toThrow(TopicError);
  await expect(creating).rejects.toThrow(
    'The topic wrong-votes has wrong settings: message.timestamp.type is CreateTime and must be LogAppendTime, ' +
      'retention.ms is 3600000 and must be at least 604800000 (VOTES_RETENTION_DAYS). Fix them with "kafka-configs.sh --alter --entity-type ' +
      'topics --entity-name wrong-votes --add-config message.timestamp.type=LogAppendTime,retention.ms=604800000".',
  );
  expect((await admin.listTopics()).filter((name) => name.startsWith('wrong-'))).toEqual(['wrong-votes']);
  expect(await settingsOf('wrong-votes')).toMatchObject(others);
});

test('a topic that was corrected by hand is accepted with all its other settings', async () => {
  await make('right-votes', {
    'message.timestamp.type': 'LogAppendTime',
    'retention.ms': '-1',
    'segment.bytes': '20000000',
  });
  const { created } = await createTopics(config('right-'));
  expect(created).toEqual(['right-standings', 'right-webhooks', 'right-votes.dlq']);
  expect(await settingsOf('right-votes')).toMatchObject({
    'segment.bytes': '20000000',
    'retention.ms': '-1',
  });
});
