import type { Admin, ITopicConfig } from 'kafkajs';
import type { KafkaConfig } from '../config.ts';
import { kafkaClient } from './client.ts';
import { connectAny } from './connectAny.ts';
import { topics } from './topics.ts';
import { WEBHOOKS_PARTITIONS } from './webhookRecord.ts';

/** With three replicas, one broker may die and what was acknowledged is still on two. */
const LEAST_IN_SYNC = 2;

// Votes that nobody can read may wait longer for a fix than a broker keeps records, and may come all at once: Lambda
// hands over up to 6 MB, of which brokers by themselves would take one.
const DEAD_LETTERS = [
  { name: 'retention.ms', value: '-1' },
  { name: 'max.message.bytes', value: `${8 * 2 ** 20}` },
];

/**
 * Creates the topics that are missing. Those that exist stay as they are, but get the partitions they lack.
 *
 * Time is that of appending: it orders ballots, and no client can choose it.
 *
 * @returns the names of those created
 * @throws KafkaJSError when the brokers do not answer, or are fewer than the replicas
 */
export async function createTopics(config: KafkaConfig): Promise<string[]> {
  const client = kafkaClient(config);
  const admin = await connectAny(() => client.admin());
  try {
    const present = new Set(await admin.listTopics());
    const missing = wanted(config).filter(({ topic }) => !present.has(topic));
    if (missing.length > 0) await admin.createTopics({ topics: missing, waitForLeaders: true });
    await addPartitions(
      admin,
      wanted(config).filter(({ topic }) => present.has(topic)),
    );
    return missing.map(({ topic }) => topic);
  } finally {
    await admin.disconnect();
  }
}

async function addPartitions(admin: Admin, wantedOfPresent: ITopicConfig[]): Promise<void> {
  const names = wantedOfPresent.map(({ topic }) => topic);
  const { topics: found } = await admin.fetchTopicMetadata({ topics: names });
  const counts = new Map(found.map(({ name, partitions }) => [name, partitions.length]));
  const topicPartitions = wantedOfPresent
    .map(({ topic, numPartitions = 0 }) => ({ topic, count: numPartitions }))
    .filter(({ topic, count }) => count > (counts.get(topic) ?? count));
  if (topicPartitions.length > 0) await admin.createPartitions({ topicPartitions });
}

function wanted({ votesPartitions, standingsPartitions, replication }: KafkaConfig): ITopicConfig[] {
  const described = [
    [topics.votes, votesPartitions, []],
    [topics.standings, standingsPartitions, []],
    [topics.webhooks, WEBHOOKS_PARTITIONS, []],
    [topics.deadLetters, 1, DEAD_LETTERS],
  ] as const;
  return described.map(([topic, numPartitions, configEntries]) => ({
    topic,
    numPartitions,
    replicationFactor: replication,
    configEntries: [
      { name: 'message.timestamp.type', value: 'LogAppendTime' },
      { name: 'min.insync.replicas', value: `${Math.min(LEAST_IN_SYNC, replication)}` },
      ...configEntries,
    ],
  }));
}
