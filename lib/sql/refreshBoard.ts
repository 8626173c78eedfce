import type { AnySql } from './client.ts';

/** Takes a second or so. More than that moves in a second only where nobody counts as fast. */
const PAGE = 100_000;

/** Brings the leaderboard's index up to date with what was counted since the last call. The board is right
 * without it, but reading it slows with the rows that have moved meanwhile. Rows that are being counted at this
 * moment are left for the next call, so this neither waits nor makes anybody wait. */
export async function refreshBoard(sql: AnySql): Promise<void> {
  await sql`
    with stale as materialized (
      select poll_key, position from tallies where is_stale
      limit ${PAGE}::integer for no key update skip locked
    )
    update tallies set board_votes = votes, is_stale = false
    from stale
    where tallies.poll_key = stale.poll_key and tallies.position = stale.position`;
}
