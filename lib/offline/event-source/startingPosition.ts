import type { Admin, Kafka } from 'kafkajs';
import type { StartingPosition } from './mapping.ts';

const NOT_COMMITTED = '-1';

/**
 * Commits the start offsets of a new group for LATEST and AT_TIMESTAMP. Otherwise the consumer would look them up again
 * at each start until a first batch succeeds, and skip the records in between. TRIM_HORIZON needs no commit, because
 * the beginning does not move.
 */
export async function pinStartingPosition(
  kafka: Kafka,
  groupId: string,
  topic: string,
  position: StartingPosition,
): Promise<void> {
  if (position.at === 'TRIM_HORIZON') return;
  const admin = kafka.admin();
  await admin.connect();
  try {
    const [committed] = await admin.fetchOffsets({ groupId, topics: [topic] });
    const isNew = (committed?.partitions ?? []).every(({ offset }) => offset === NOT_COMMITTED);
    // A running member has done this already, and the broker would reject a second commit.
    if (!isNew || !(await hasNoMembers(admin, groupId))) return;
    const offsets =
      position.at === 'LATEST'
        ? await admin.fetchTopicOffsets(topic)
        : await admin.fetchTopicOffsetsByTimestamp(topic, position.timestampMs);
    const partitions = offsets.map(({ partition, offset }) => ({ partition, offset }));
    await admin.setOffsets({ groupId, topic, partitions });
  } finally {
    await admin.disconnect();
  }
}

async function hasNoMembers(admin: Admin, groupId: string): Promise<boolean> {
  const { groups } = await admin.describeGroups([groupId]);
  return (groups[0]?.members ?? []).length === 0;
}
