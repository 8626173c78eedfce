import { monotonicMs } from '../clock.ts';
import { pageByPage } from '../concurrency/pages.ts';
import type { AnySql } from './client.ts';

/** Deletes a poll with its options and tallies. Its votes, possibly millions, become unreachable and stay for
 * `deleteLeftVotes`. A concurrent tally either commits first or fails on the foreign key of `tallies`; its
 * retry no longer finds the poll.
 * @param storedVersion deletes the poll in this state only, see `findState`
 * @returns the key of the leftover votes; undefined if there was no such poll */
export async function deletePoll(
  sql: AnySql,
  pollId: string,
  storedVersion?: number,
): Promise<number | undefined> {
  const [deleted] = await sql<{ poll_key: number }[]>`
    with poll as materialized (
      select poll_key from polls
      where poll_id = ${pollId}::uuid
        ${storedVersion === undefined ? sql`` : sql`and state_version = ${storedVersion}::bigint`}
      for update
    ), counts as materialized (
      -- Same lock order as the tally; the cascade would lock in any order.
      select from tallies join poll using (poll_key) order by position for update of tallies
    ), deleted as (
      delete from polls using poll
      where polls.poll_key = poll.poll_key and (select count(*) from counts) > 0
      returning polls.poll_key, poll_id
    )
    insert into deleted_polls (poll_key, poll_id)
    select poll_key, poll_id from deleted
    returning poll_key`;
  return deleted?.poll_key;
}

/** Takes 40 ms, or half a second if the votes lie on cold pages: short enough to keep a deadline. */
const BATCH = 10_000;
/** Takes half a second. 200,000 at once would exceed the statement timeout. */
const POLLS_PAGE = 10_000;
const FIRST_KEY = '00000000-0000-0000-0000-000000000000';

/** Deletes votes of deleted polls in batches. A tally that began before the deletion can still leave a vote
 * behind: a withdrawal changes no tally, so no foreign key stops it. So each poll is checked for another
 * hour; then only its id is kept.
 * @param deadline on the monotonic clock; the next call continues from there */
export async function deleteLeftVotes(sql: AnySql, deadline: number): Promise<void> {
  const polls = await sql<{ poll_key: number }[]>`
    select poll_key from deleted_polls
    where exists (select from votes where votes.poll_key = deleted_polls.poll_key)
    order by deleted_at limit ${POLLS_PAGE}::integer`;
  for (const { poll_key } of polls) await deleteVotesOf(sql, poll_key, deadline);
  await pageByPage(() => keepIdsOnly(sql), POLLS_PAGE, deadline);
}

async function keepIdsOnly(sql: AnySql): Promise<number> {
  const { count } = await sql`
    with done as materialized (
      select poll_key from deleted_polls
      where is_announced and deleted_at < now() - interval '1 hour'
        and not exists (select from votes where votes.poll_key = deleted_polls.poll_key)
      order by poll_key limit ${POLLS_PAGE}::integer for update skip locked
    ), gone as (
      delete from deleted_polls using done where deleted_polls.poll_key = done.poll_key
      returning poll_id, deleted_at
    )
    insert into former_polls (poll_id, deleted_at)
    select poll_id, deleted_at from gone`;
  return count;
}

/** Deletes the votes of one deleted poll until the deadline. */
export async function deleteVotesOf(sql: AnySql, pollKey: number, deadline: number): Promise<void> {
  let from: string | null = FIRST_KEY;
  while (from !== null && monotonicMs() < deadline) from = await deleteBatch(sql, pollKey, from);
}

/** Follows the primary key, because otherwise each batch would scan the dead index entries of the previous
 * ones. Skips votes that a tally has locked.
 * @returns the start of the next batch; null after the last one */
async function deleteBatch(sql: AnySql, pollKey: number, from: string): Promise<string | null> {
  const [row] = await sql<[{ until: string | null }]>`
    with batch as materialized (
      select ctid, voter_key from votes
      where poll_key = ${pollKey}::integer and voter_key >= ${from}::uuid
      order by voter_key limit ${BATCH}::integer for update skip locked
    ), deleted as (
      delete from votes where ctid = any(array(select ctid from batch))
    )
    select voter_key as until from batch order by voter_key offset ${BATCH}::integer - 1`;
  return row?.until ?? null;
}

const DAY_MS = 86_400_000;
/** Brokers delete a log segment when its last record expires, and fill a segment for up to a week. */
const SEGMENT_DAYS = 7;

const PAGE = 10_000;

/** Deletes ids of deleted polls whose ballots have all left the log, oldest first.
 * @param now see `databaseNow`
 * @param deadline on the monotonic clock; the next call continues from there */
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
