import type { AnySql } from './client.ts';

/**
 * Deletes a poll with its options and counts, and leaves its votes to `deleteLeftVotes`: there may be millions.
 * Without the poll nobody finds them.
 *
 * A tally of its ballots that began before either commits first, or finds the counts gone: then the foreign key
 * of `tallies` fails its try, and the next no longer finds the poll.
 *
 * @returns the key that its votes are left under; undefined if it was not there
 */
export async function deletePoll(sql: AnySql, pollId: string): Promise<number | undefined> {
  const [deleted] = await sql<{ poll_key: number }[]>`
    with poll as materialized (
      select poll_key from polls where poll_id = ${pollId}::uuid for update
    ), counts as materialized (
      -- In the order in which the tally locks them; the deletion of the poll would take any.
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
