import { setTimeout as delay } from 'node:timers/promises';
import type { Kafka } from 'kafkajs';
import { deadlineIn, monotonicMs } from '../clock.ts';
import { withDeadline } from '../concurrency/deadline.ts';
import type { KafkaConfig } from '../config.ts';
import { UnavailableError } from '../errors.ts';
import { connectAny, kafkaClient } from './client.ts';

/** How many partitions a topic has now: an operator may have added some since this process was configured.
 * @param topic its name on the cluster
 * @throws {UnavailableError} when Kafka does not answer, or does not know the topic */
export async function topicPartitions(client: Kafka, topic: string): Promise<number> {
  try {
    const admin = await connectAny(() => client.admin());
    try {
      const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
      const found = topics.find(({ name }) => name === topic);
      if (found) return found.partitions.length;
    } finally {
      // It waits for requests under way, which the caller need not.
      admin.disconnect().catch(() => {});
    }
  } catch (cause) {
    throw new UnavailableError('Kafka is away.', { cause });
  }
  throw new UnavailableError(`Kafka has no topic ${topic}.`);
}

/** A consumer in a group. One that was killed stays until its session is over. */
export interface Member {
  clientId: string;
  /** An address, `/10.0.0.7`. */
  clientHost: string;
}

/** Who is in these consumer groups; a group that does not exist has nobody.
 * @throws KafkaJSError when the brokers do not answer, as they do while a coordinator starts */
export async function listMembers(config: KafkaConfig, groupIds: string[]): Promise<Member[]> {
  const client = kafkaClient(config);
  const admin = await connectAny(() => client.admin());
  try {
    // KafkaJS knows no broker before, and finds no coordinator without one.
    await admin.listTopics();
    const { groups } = await admin.describeGroups(groupIds);
    return groups.flatMap(({ members }) => members);
  } finally {
    await admin.disconnect();
  }
}

// Two brokers that hang leave time for a third within the two seconds of a health check.
const PATIENCE_WITH_ONE_MS = 600;
const PAUSE_MS = 50;

/** Asks the cluster who leads the partitions of `votes`, over a connection of its own: one that is open
 * already says little about a broker that hangs. A broker that does not answer is no outage, so the next is asked.
 * @param votes the topic's name on the cluster
 * @param deadline of the monotonic clock; no other broker is asked after it
 * @throws whatever kept the last answer from coming */
export async function pingKafka(client: Kafka, votes: string, deadline: number): Promise<void> {
  for (;;) {
    try {
      return await withDeadline(pingOnce(client, votes), deadlineIn(PATIENCE_WITH_ONE_MS), 'Kafka');
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
    // It waits for requests under way, which the caller need not.
    admin.disconnect().catch(() => {});
  }
}
