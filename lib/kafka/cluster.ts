import { setTimeout as delay } from 'node:timers/promises';
import type { Kafka } from 'kafkajs';
import { deadlineIn, monotonicMs } from '../clock.ts';
import { withDeadline } from '../concurrency/deadline.ts';
import type { KafkaConfig } from '../config.ts';
import { UnavailableError } from '../errors.ts';
import { connectAny, kafkaClient } from './client.ts';

/** Reads a topic's number of partitions: an operator may have added some since this process started.
 * @param topic its name on the cluster
 * @throws {UnavailableError} when Kafka does not answer or the topic does not exist */
export async function topicPartitions(client: Kafka, topic: string): Promise<number> {
  try {
    const admin = await connectAny(() => client.admin());
    try {
      const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
      const found = topics.find(({ name }) => name === topic);
      if (found) return found.partitions.length;
    } finally {
      // Not awaited: it waits for pending requests.
      admin.disconnect().catch(() => {});
    }
  } catch (cause) {
    throw new UnavailableError('Kafka is unavailable.', { cause });
  }
  throw new UnavailableError(`The topic ${topic} does not exist.`);
}

/** A consumer in a group. A killed one stays listed until its session times out. */
export interface Member {
  memberId: string;
  clientId: string;
  /** An address, `/10.0.0.7`. */
  clientHost: string;
}

/** Lists the members of these consumer groups; a group that does not exist has none.
 * @throws KafkaJSError when the brokers do not answer, as while a coordinator starts */
export async function listMembers(config: KafkaConfig, groupIds: string[]): Promise<Member[]> {
  const client = kafkaClient(config);
  const admin = await connectAny(() => client.admin());
  try {
    // KafkaJS asks a known broker for the coordinator, and knows none before this call.
    await admin.listTopics();
    const { groups } = await admin.describeGroups(groupIds);
    return groups.flatMap(({ members }) => members);
  } finally {
    await admin.disconnect();
  }
}

// Two hanging brokers leave time for a third within a health check's 2 s.
const BROKER_TIMEOUT_MS = 600;
const PAUSE_MS = 50;

/** Checks that a broker answers a metadata request for `votes` over a new connection: an open one says little
 * about a broker that hangs. One dead broker is no outage, so it tries the next.
 * @param votes the topic's name on the cluster
 * @param deadline of the monotonic clock; no try starts after it
 * @throws the error of the last try */
export async function pingKafka(client: Kafka, votes: string, deadline: number): Promise<void> {
  for (;;) {
    try {
      return await withDeadline(pingOnce(client, votes), deadlineIn(BROKER_TIMEOUT_MS), 'Kafka');
    } catch (error) {
      if (monotonicMs() + PAUSE_MS >= deadline) throw error;
      await delay(PAUSE_MS);
    }
  }
}

async function pingOnce(client: Kafka, votes: string): Promise<void> {
  const admin = client.admin();
  try {
    await admin.connect();
    await admin.fetchTopicMetadata({ topics: [votes] });
  } finally {
    // Not awaited: it waits for pending requests.
    admin.disconnect().catch(() => {});
  }
}
