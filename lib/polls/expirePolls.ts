import { pageByPage } from '../concurrency/pages.ts';
import type { Sql } from '../sql/client.ts';
import { deletePoll } from '../sql/deletePoll.ts';
import { EXPIRED_PAGE, listExpiredPolls, WARNINGS_PAGE, warnOfExpiry } from '../sql/expiry.ts';

/** Deletes polls that ended long ago, each in a transaction of its own, after a warning to their webhooks. Their
 * votes are deleted in batches, and their viewers notified, like those of any deleted poll.
 * @param retainDays for how long after its end a poll is kept; 0 keeps all
 * @param now see `databaseNow`
 * @param deadline on the monotonic clock; the next call continues from there */
export async function expirePolls(
  sql: Sql,
  retainDays: number,
  now: number,
  deadline: number,
): Promise<void> {
  if (retainDays === 0) return;
  await pageByPage(() => warnOfExpiry(sql, retainDays, now), WARNINGS_PAGE, deadline);
  const deletePage = async () => {
    const expired = await listExpiredPolls(sql, retainDays, now);
    // Only as it was listed: its owner may be reopening it.
    for (const { pollId, storedVersion } of expired) await deletePoll(sql, pollId, storedVersion);
    return expired.length;
  };
  await pageByPage(deletePage, EXPIRED_PAGE, deadline);
}
