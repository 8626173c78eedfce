import type { Kafka } from 'kafkajs';
import { UnavailableError } from '../errors.ts';

/** How many partitions a topic has now: an operator may have added some since this process was configured.
 * @throws {UnavailableError} when Kafka does not answer */
export async function topicPartitions(client: Kafka, topic: string): Promise<number> {
  const admin = client.admin();
  try {
    await admin.connect();
    const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
    return topics.find(({ name }) => name === topic)?.partitions.length ?? 0;
  } catch (cause) {
    throw new UnavailableError('Kafka is away.', { cause });
  } finally {
    // It waits for requests under way, which the caller need not.
    admin.disconnect().catch(() => {});
  }
}
