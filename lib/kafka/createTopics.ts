import kafkajs, { type Admin, type ITopicConfig } from 'kafkajs';
import { until } from '../concurrency/deadline.ts';
import type { KafkaConfig } from '../config.ts';
import { TopicError } from '../errors.ts';
import { connectAny, kafkaClient } from './client.ts';
import { newTopicSettings, type WantedTopic, wantedTopics, wrongSettings } from './topics.ts';

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
 * @throws {TopicError} when an existing topic has settings that lose votes (nothing is created then), or when Kafka
 *   refuses a topic, as with fewer brokers than replicas
 * @throws KafkaJSError when the brokers do not answer
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
      await create(admin, topics);
      await untilKnown(admin, topics);
    }
    await addPartitions(admin, present);
    const { clusterId } = await admin.describeCluster();
    return { created: missing.map(({ topic }) => topic), clusterId };
  } finally {
    await admin.disconnect();
  }
}

const toKafka = (wanted: WantedTopic, replicationFactor: number) => ({
  topic: wanted.topic,
  numPartitions: wanted.partitions,
  replicationFactor,
  configEntries: newTopicSettings(wanted, replicationFactor).map(({ name, value }) => ({ name, value })),
});

/** KafkaJS' error for one refused topic, which its types lack. */
interface Refusal {
  topic: string;
  /** Kafka's name of the reason, such as INVALID_REPLICATION_FACTOR. */
  type: string;
  message: string;
  retriable: boolean;
}

const isRefusal = (error: object): error is Refusal => 'topic' in error && 'type' in error;

/** KafkaJS reports "Topic creation errors" and has the topics and reasons inside.
 * @throws {TopicError} that names each refused topic and Kafka's reason */
async function create(admin: Admin, topics: ITopicConfig[]): Promise<void> {
  try {
    await admin.createTopics({ topics, waitForLeaders: false });
  } catch (cause) {
    const errors = cause instanceof kafkajs.KafkaJSAggregateError ? cause.errors : [cause];
    const refusals = (errors as object[]).filter(isRefusal);
    if (refusals.length === 0 || refusals.some(({ retriable }) => retriable)) throw cause;
    const reasons = refusals.map(({ topic, type, message }) => `${topic}: ${message} (${type}).`).join(' ');
    throw new TopicError(`Kafka refused to create topics with ${replicasOf(topics)}. ${reasons}`, { cause });
  }
}

const replicasOf = (topics: ITopicConfig[]) =>
  `KAFKA_REPLICATION=${topics[0]?.replicationFactor} (on AWS the param kafkaReplication)`;

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
