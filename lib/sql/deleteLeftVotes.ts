import type { AnySql } from './client.ts';

/** Takes 40 ms, or half a second where the votes are scattered over pages that were not written lately: short
 * enough to keep a deadline. Nobody waits for it; no other statement touches these rows. */
const BATCH = 10_000;
const FIRST_KEY = '00000000-0000-0000-0000-000000000000';
const LAST_KEY = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

/**
 * Deletes votes of deleted polls, some thousands at a time.
 *
 * A tally that began before the deletion may still leave a vote behind it: a withdrawal moves no count, so no
 * foreign key stops it. Therefore a poll is looked at for another hour, when no such tally can be left. Then only its
 * id is kept.
 *
 * @param deadline milliseconds since 1970; what is left then is for the next call
 */
export async function deleteLeftVotes(sql: AnySql, deadline: number): Promise<void> {
  const polls = await sql<{ poll_key: number }[]>`select poll_key from deleted_polls order by deleted_at`;
  for (const { poll_key } of polls) {
    for (let from = FIRST_KEY; from < LAST_KEY; from = await deleteBatch(sql, poll_key, from)) {
      if (Date.now() >= deadline) return;
    }
  }
  await sql`
    with done as (
      delete from deleted_polls
      where is_announced and deleted_at < now() - interval '1 hour'
        and not exists (select from votes where votes.poll_key = deleted_polls.poll_key)
      returning poll_id, deleted_at
    )
    insert into former_polls (poll_id, deleted_at)
    select poll_id, deleted_at from done`;
}

/** Along the primary key, since each batch would find those before it as dead entries of the index.
 * @returns where the next batch begins */
async function deleteBatch(sql: AnySql, pollKey: number, from: string): Promise<string> {
  const [row] = await sql<[{ until: string }]>`
    with batch as materialized (
      select coalesce((
        select voter_key from votes
        where poll_key = ${pollKey}::integer and voter_key >= ${from}::uuid
        order by voter_key offset ${BATCH}::integer limit 1
      ), ${LAST_KEY}::uuid) as until
    ), deleted as (
      delete from votes
      where poll_key = ${pollKey}::integer and voter_key between ${from}::uuid and (select until from batch)
    )
    select until from batch`;
  return row.until;
}
