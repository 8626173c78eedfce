import { announcePolls } from '../kafka/announcePolls.ts';
import type { Producer } from '../kafka/producer.ts';
import { log } from '../log.ts';
import { announceDeletions } from '../sql/announceDeletions.ts';
import { announceStates } from '../sql/announceStates.ts';
import type { Sql } from '../sql/client.ts';
import { askPostgres } from '../sql/database.ts';

/** Has all viewers told of the polls whose state has changed, and of those that were deleted.
 * @param shards partitions of the topic `standings`
 * @param deadline milliseconds since 1970 */
export async function announceChanges(
  sql: Sql,
  producer: Producer,
  shards: number,
  deadline?: number,
): Promise<void> {
  const announce = (pollIds: string[]) => announcePolls(producer, shards, pollIds, deadline);
  await announceStates(sql, announce, Date.now());
  await announceDeletions(sql, announce);
}

// Kafka takes some milliseconds, or a new connection first.
const PATIENCE_MS = 2_000;

/** `announceChanges` for who has just changed something, and is answered either way: what cannot be told now,
 * the schedule tells within a minute. */
export async function announceSoon(producer: Producer, shards: number): Promise<void> {
  try {
    await askPostgres((sql) => announceChanges(sql, producer, shards, Date.now() + PATIENCE_MS));
  } catch (error) {
    log.warn('A change of polls is told later.', { error });
  }
}
