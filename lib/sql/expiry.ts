import type { AnySql } from './client.ts';

/** Takes Postgres 0.1 s. */
export const WARNINGS_PAGE = 1_000;

/** Long enough to deliver a warning whose receiver is away for a while, see `nextAttemptAt`. */
const WARNED_AHEAD_DAYS = 3;
const MIN_AHEAD_DAYS = 1;

/** Schedules the warnings for polls that will be deleted within days, oldest first, and sets the earliest time of their
 * deletion. While the final results of a poll are being delivered, its warning waits.
 * @param retainDays for how long after its end a poll is kept
 * @param now see `databaseNow`
 * @returns the number of polls, at most `WARNINGS_PAGE` */
export async function warnOfExpiry(sql: AnySql, retainDays: number, now: number): Promise<number> {
  const present = new Date(now);
  const { count } = await sql`
    with due as materialized (
      -- Final here too: reopened polls are not warned of, so they would fill the page again and again.
      select poll_key from webhooks join polls using (poll_key)
      where warned_at is null and due_at is null and is_final
        and finalized_at <= ${present}::timestamptz - ${retainDays - WARNED_AHEAD_DAYS}::integer * interval '1 day'
      order by finalized_at limit ${WARNINGS_PAGE}::integer
    ), final as materialized (
      -- Skips polls that are being reopened or deleted; the next call handles them.
      select poll_key, upper(windows) as ended_at from polls
      where poll_key in (select poll_key from due) and is_final
      order by poll_key for no key update skip locked
    ), warned as materialized (
      select poll_key, ended_at from webhooks join final using (poll_key)
      where warned_at is null and due_at is null
      order by poll_key for no key update of webhooks
    )
    update webhooks
    set warned_at = ${present}, due_at = ${present}, tries = 0,
      expires_at = greatest(
        ended_at + ${retainDays}::integer * interval '1 day',
        ${present}::timestamptz + ${MIN_AHEAD_DAYS}::integer * interval '1 day'
      )
    from warned where webhooks.poll_key = warned.poll_key`;
  return count;
}

export const EXPIRED_PAGE = 100;

/** A poll to delete, if it is still in this state. */
export interface ExpiredPoll {
  pollId: string;
  storedVersion: number;
}

/** Lists polls that ended long enough ago, and whose owners were warned in time, if they can be.
 * @param now see `databaseNow`
 * @returns at most `EXPIRED_PAGE`, the oldest end first */
export async function listExpiredPolls(sql: AnySql, retainDays: number, now: number): Promise<ExpiredPoll[]> {
  return sql<ExpiredPoll[]>`
    select poll_id as "pollId", state_version as "storedVersion" from polls
    where is_final
      and upper(windows) <= ${new Date(now)}::timestamptz - ${retainDays}::integer * interval '1 day'
      and not exists (
        select from webhooks
        where webhooks.poll_key = polls.poll_key and (expires_at <= ${new Date(now)}) is not true
      )
    order by upper(windows) limit ${EXPIRED_PAGE}::integer`;
}
