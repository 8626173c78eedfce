import type { Kafka } from 'kafkajs';

/** Asks the cluster who leads the partitions of `votes`, over a connection of its own: one that is open
 * already says little about a broker that hangs.
 * @param votes the topic's name on the cluster
 * @throws whatever keeps the answer from coming */
export async function pingKafka(client: Kafka, votes: string): Promise<void> {
  const admin = client.admin();
  try {
    await admin.connect();
    await admin.fetchTopicMetadata({ topics: [votes] });
  } finally {
    // It waits for requests under way, which the caller need not.
    admin.disconnect().catch(() => {});
  }
}
