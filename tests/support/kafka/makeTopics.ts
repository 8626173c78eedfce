import type { Admin, ITopicConfig } from 'kafkajs';
import { until } from '../../../lib/concurrency/deadline.ts';

const KNOWN_WITHIN_MS = 30_000;

/**
 * Creates topics and waits until each partition has a leader that answers for it. KafkaJS itself gives up on a broker
 * that has not even heard of the topic yet, as on a busy machine; and a leader that is named but does not hold the
 * partition yet refuses its part of a request, which KafkaJS then sends again as a whole.
 */
export async function makeTopics(admin: Admin, topics: ITopicConfig[]): Promise<void> {
  await admin.createTopics({ topics, waitForLeaders: false });
  const names = topics.map(({ topic }) => topic);
  await until(async () => {
    const found = (await admin.fetchTopicMetadata({ topics: names })).topics;
    const leaders = found.flatMap(({ partitions }) => partitions.map(({ leader }) => leader));
    if (found.length < names.length || leaders.some((leader) => leader < 0)) throw new Error('no leader yet');
    for (const name of names) await admin.fetchTopicOffsets(name);
  }, KNOWN_WITHIN_MS);
}
