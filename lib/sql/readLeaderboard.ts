import { type BoardEntry, rankEntries } from '../domain/leaderboard.ts';
import type { AnySql } from './client.ts';

/**
 * The options with the most votes, over all polls that are open now and whose results everybody may see.
 *
 * The index `tallies_board` holds them in this order, and beside it there are only those that moved within the
 * last second, so the cost does not grow with the number of options. Polls that have ended leave the index
 * within a minute; until then they are skipped here.
 *
 * @param limit 1–100
 */
export async function readLeaderboard(sql: AnySql, limit: number): Promise<BoardEntry[]> {
  const entries = await sql<Omit<BoardEntry, 'rank'>[]>`
    with settled as (
      select poll_key, position, board_votes as votes, tallies.poll_id
      from tallies join polls using (poll_key)
      where on_board and board_votes > 0 and not is_stale and windows @> now()
      order by board_votes desc, tallies.poll_id, position
      limit ${limit}::integer
    ), stale as (
      select poll_key, position, votes, tallies.poll_id
      from tallies join polls using (poll_key)
      where is_stale and on_board and votes > 0 and windows @> now()
      order by votes desc, tallies.poll_id, position
      limit ${limit}::integer
    ), top as (
      select * from settled union all select * from stale
      order by votes desc, poll_id, position
      limit ${limit}::integer
    )
    select
      top.poll_id, question as poll_question, option_id, option_text, position, votes as vote_count
    from top join questions using (poll_key) join options using (poll_key, position)
    order by votes desc, top.poll_id, position`;
  return rankEntries([...entries]);
}
