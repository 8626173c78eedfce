import type { AnySql } from './client.ts';

/** Takes polls that have ended from the leaderboard's index and gives them a new version. Votes accepted before
 * the end are counted as before: this tidies up, and no poll has to wait for it in order to be closed.
 * @param now milliseconds since 1970
 * @param pollId this poll's alone */
export async function closeEndedPolls(sql: AnySql, now: number, pollId?: string): Promise<void> {
  await sql`
    with ended as materialized (
      -- A poll that somebody else changes at this moment is left for the next call.
      select poll_key from polls
      where not is_final and not is_closed and upper(windows) <= ${new Date(now)}
        ${pollId === undefined ? sql`` : sql`and poll_id = ${pollId}::uuid`}
      order by poll_key for no key update skip locked
    ), closed as (
      update polls set is_closed = true, state_version = state_version + 1
      from ended where polls.poll_key = ended.poll_key
    ), leaving as materialized (
      -- Locked in the order in which the tally locks them.
      select poll_key, position from tallies join ended using (poll_key) where on_board
      order by poll_key, position for no key update of tallies
    )
    update tallies set on_board = false, is_stale = false
    from leaving
    where tallies.poll_key = leaving.poll_key and tallies.position = leaving.position`;
}
