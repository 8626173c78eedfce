import { pageByPage } from '../concurrency/pages.ts';
import type { AnySql } from './client.ts';

const DAY_MS = 86_400_000;
/** Brokers delete whole segments of the log, each once its last record is old enough, and fill one for a week. */
const SEGMENT_DAYS = 7;

const PAGE = 10_000;

/** Forgets the deleted polls of which no ballot can be left on the log, oldest first.
 * @param now milliseconds since 1970
 * @param deadline of the monotonic clock; what is left then is for the next call */
export async function deleteOldFormerPolls(
  sql: AnySql,
  retentionDays: number,
  now: number,
  deadline: number,
): Promise<void> {
  const before = new Date(now - (retentionDays + SEGMENT_DAYS) * DAY_MS);
  const deletePage = async () => {
    const { count } = await sql`
      with old as materialized (
        select poll_id from former_polls where deleted_at < ${before}
        order by deleted_at limit ${PAGE}::integer for update skip locked
      )
      delete from former_polls using old where former_polls.poll_id = old.poll_id`;
    return count;
  };
  await pageByPage(deletePage, PAGE, deadline);
}
