import type { Kafka } from 'kafkajs';
import { UnavailableError } from '../errors.ts';
import { connectAny } from './connectAny.ts';

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
