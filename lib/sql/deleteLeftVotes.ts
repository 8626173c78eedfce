import { monotonicMs } from '../clock.ts';
import { pageByPage } from '../concurrency/pages.ts';
import type { AnySql } from './client.ts';

/** Takes 40 ms, or half a second where the votes are scattered over pages that were not written lately: short
 * enough to keep a deadline. Nobody waits for it. */
const BATCH = 10_000;
/** Takes half a second: 200,000 at once would take longer than a statement may. */
const POLLS_PAGE = 10_000;
const FIRST_KEY = '00000000-0000-0000-0000-000000000000';

/**
 * Deletes votes of deleted polls, some thousands at a time.
 *
 * A tally that began before the deletion may still leave a vote behind it: a withdrawal moves no count, so no
 * foreign key stops it. Therefore a poll is looked at for another hour, when no such tally can be left. Then only its
 * id is kept.
 *
 * @param deadline of the monotonic clock; what is left then is for the next call
 */
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

/** The votes of one deleted poll, until the deadline. */
export async function deleteVotesOf(sql: AnySql, pollKey: number, deadline: number): Promise<void> {
  let from: string | null = FIRST_KEY;
  while (from !== null && monotonicMs() < deadline) from = await deleteBatch(sql, pollKey, from);
}

/** Along the primary key, since each batch would find those before it as dead entries of the index. A vote that a
 * tally holds at this moment is left for the next call.
 * @returns where the next batch begins; null after the last */
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
