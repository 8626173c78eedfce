import { setTimeout as delay } from 'node:timers/promises';
import type { Kafka } from 'kafkajs';
import { deadlineIn, monotonicMs } from '../clock.ts';
import { withDeadline } from '../withDeadline.ts';

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
