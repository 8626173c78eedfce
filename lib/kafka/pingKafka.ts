import type { Kafka } from 'kafkajs';
import { topics } from './topics.ts';

/** Asks the cluster who leads the partitions of `votes`, over a connection of its own: one that is open
 * already says little about a broker that hangs.
 * @throws whatever keeps the answer from coming */
export async function pingKafka(client: Kafka): Promise<void> {
  const admin = client.admin();
  try {
    await admin.connect();
    await admin.fetchTopicMetadata({ topics: [topics.votes] });
  } finally {
    // It waits for requests under way, which the caller need not.
    admin.disconnect().catch(() => {});
  }
}
