import type { AnySql } from './client.ts';

const DAY_MS = 86_400_000;
/** Brokers delete whole segments of the log, each once its last record is old enough, and fill one for a week. */
const SEGMENT_DAYS = 7;

/** Forgets the deleted polls of which no ballot can be left on the log.
 * @param now milliseconds since 1970 */
export async function deleteOldFormerPolls(sql: AnySql, retentionDays: number, now: number): Promise<void> {
  const before = new Date(now - (retentionDays + SEGMENT_DAYS) * DAY_MS);
  await sql`delete from former_polls where deleted_at < ${before}`;
}
