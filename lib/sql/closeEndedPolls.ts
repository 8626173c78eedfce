import type { AnySql } from './client.ts';

/** Takes Postgres 0.1 s. */
export const CLOSING_PAGE = 1_000;

/** Takes the polls that ended first from the leaderboard's index and gives them a new version. Votes accepted before
 * the end are counted as before: this tidies up, and no poll has to wait for it in order to be closed.
 * @param now milliseconds since 1970
 * @param pollId this poll's alone
 * @returns how many there were, `CLOSING_PAGE` at most */
export async function closeEndedPolls(sql: AnySql, now: number, pollId?: string): Promise<number> {
  const [row] = await sql<[{ closed: number }]>`
    with due as materialized (
      select poll_key from polls
      where not is_final and not is_closed and upper(windows) <= ${new Date(now)}
        ${pollId === undefined ? sql`` : sql`and poll_id = ${pollId}::uuid`}
      order by upper(windows) limit ${CLOSING_PAGE}::integer
    ), ended as materialized (
      -- A poll that somebody else changes at this moment is left for the next call.
      select poll_key from polls
      where poll_key in (select poll_key from due)
        and not is_final and not is_closed and upper(windows) <= ${new Date(now)}
      order by poll_key for no key update skip locked
    ), closed as (
      update polls set is_closed = true, state_version = state_version + 1
      from ended where polls.poll_key = ended.poll_key
    ), leaving as materialized (
      -- Locked in the order in which the tally locks them.
      select poll_key, position from tallies join ended using (poll_key) where on_board
      order by poll_key, position for no key update of tallies
    ), left_board as (
      update tallies set on_board = false, is_stale = false
      from leaving
      where tallies.poll_key = leaving.poll_key and tallies.position = leaving.position
    )
    select count(*) as closed from ended`;
  return row.closed;
}
