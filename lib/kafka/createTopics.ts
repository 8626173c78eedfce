import kafkajs, { type Admin } from 'kafkajs';
import { until } from '../concurrency/deadline.ts';
import type { KafkaConfig } from '../config.ts';
import { TopicError } from '../errors.ts';
import { connectAny, kafkaClient } from './client.ts';
import { type WantedTopic, wantedTopics, wrongSettings } from './topics.ts';

/** Usually takes tens of milliseconds. */
const METADATA_TIMEOUT_MS = 10_000;

export interface CreatedTopics {
  /** The names of the topics that were missing. */
  created: string[];
  clusterId: string;
}

/**
 * Creates missing topics and adds missing partitions. It changes nothing else of existing topics.
 *
 * @throws {TopicError} when an existing topic has settings that lose votes; nothing is created then
 * @throws KafkaJSError when the brokers do not answer, or are fewer than the replicas
 */
export async function createTopics(config: KafkaConfig): Promise<CreatedTopics> {
  const client = kafkaClient(config);
  const admin = await connectAny(() => client.admin());
  try {
    const names = new Set(await admin.listTopics());
    const present = wantedTopics(config).filter(({ topic }) => names.has(topic));
    const missing = wantedTopics(config).filter(({ topic }) => !names.has(topic));
    await refuseWrongSettings(admin, present);
    const topics = missing.map((one) => toKafka(one, config.replication));
    if (topics.length > 0) {
      await admin.createTopics({ topics, waitForLeaders: false });
      await untilKnown(admin, topics);
    }
    await addPartitions(admin, present);
    const { clusterId } = await admin.describeCluster();
    return { created: missing.map(({ topic }) => topic), clusterId };
  } finally {
    await admin.disconnect();
  }
}

const toKafka = ({ topic, partitions, settings, leastInSync }: WantedTopic, replicationFactor: number) => ({
  topic,
  numPartitions: partitions,
  replicationFactor,
  configEntries: [
    ...settings.map(({ name, value }) => ({ name, value })),
    { name: 'min.insync.replicas', value: `${leastInSync}` },
  ],
});

/** KafkaJS' own wait for leaders fails on a broker that does not know the topic yet. */
function untilKnown(admin: Admin, topics: { topic: string }[]): Promise<unknown> {
  const names = topics.map(({ topic }) => topic);
  return until(() => admin.fetchTopicMetadata({ topics: names }), METADATA_TIMEOUT_MS);
}

/** Reports wrong settings without fixing them: KafkaJS' alterConfigs resets the topic's other settings. */
async function refuseWrongSettings(admin: Admin, present: WantedTopic[]): Promise<void> {
  if (present.length === 0) return;
  const { resources } = await admin.describeConfigs({
    resources: present.map(({ topic }) => ({ type: kafkajs.ConfigResourceTypes.TOPIC, name: topic })),
    includeSynonyms: false,
  });
  const faults = present.flatMap((wanted) => {
    const entries = resources.find(({ resourceName }) => resourceName === wanted.topic)?.configEntries ?? [];
    return describeFaults(wanted, new Map(entries.map((entry) => [entry.configName, entry.configValue])));
  });
  if (faults.length > 0) throw new TopicError(faults.join(' '));
}

function describeFaults(wanted: WantedTopic, found: Map<string, string>): string[] {
  const wrong = wrongSettings(wanted, found);
  if (wrong.length === 0) return [];
  const differences = wrong.map(({ name, value, isLeast, variable }) => {
    const wish = `${isLeast && value !== '-1' ? 'at least ' : ''}${value}${variable ? ` (${variable})` : ''}`;
    return `${name} is ${found.get(name)} and must be ${wish}`;
  });
  const settings = wrong.map(({ name, value }) => `${name}=${value}`).join();
  return [
    `The topic ${wanted.topic} has wrong settings: ${differences.join(', ')}. Fix them with ` +
      `"kafka-configs.sh --alter --entity-type topics --entity-name ${wanted.topic} --add-config ${settings}".`,
  ];
}

async function addPartitions(admin: Admin, present: WantedTopic[]): Promise<void> {
  const { topics: found } = await admin.fetchTopicMetadata({ topics: present.map(({ topic }) => topic) });
  const counts = new Map(found.map(({ name, partitions }) => [name, partitions.length]));
  const topicPartitions = present
    .map(({ topic, partitions }) => ({ topic, count: partitions }))
    .filter(({ topic, count }) => count > (counts.get(topic) ?? count));
  if (topicPartitions.length > 0) await admin.createPartitions({ topicPartitions });
}
