import type { Admin, Kafka } from 'kafkajs';
import type { StartingPosition } from './mapping.ts';

const NOT_COMMITTED = '-1';

/**
 * Commits where a new group begins, for LATEST and AT_TIMESTAMP: left to the consumer, that place would be
 * found anew at each start until a first batch succeeds, and what came in between would be skipped.
 * TRIM_HORIZON needs none, since the beginning stays where it is.
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
    // Another member that runs already has done this, and the broker would refuse it now.
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
