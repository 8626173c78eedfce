import { type BoardEntry, rankEntries } from '../domain/leaderboard.ts';
import type { AnySql } from './client.ts';

/** Reads the options with the most votes, over all open polls with public results. The index `tallies_board`
 * holds them in this order; only options that moved within the last second are read beside it, so the cost
 * does not grow with the number of options. Ended polls leave the index within a minute and are skipped here
 * until then.
 * @param limit 1–100 */
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

/** Takes about a second. A second of counting never moves more rows. */
const PAGE = 100_000;

/** Updates the leaderboard's index with the latest counts. The leaderboard is correct without it, but reading
 * slows down with every row that has moved. It skips rows that are being counted, so it never waits. */
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

/** Stores the board that a shard is about to post as the version after `baseVersion`.
 * @returns false if another invocation has already stored a newer version */
export async function saveBoard(
  sql: AnySql,
  shard: number,
  baseVersion: number,
  entries: BoardEntry[],
): Promise<boolean> {
  const { count } = await sql`
    insert into boards (shard, version, posted_version, entries, saved_at)
    values (
      ${shard}, ${baseVersion}::bigint + 1, ${baseVersion}::bigint, ${JSON.stringify(entries)}::text::jsonb, now()
    )
    on conflict (shard) do update set
      version = excluded.version, entries = excluded.entries, saved_at = excluded.saved_at, due_at = null
    where boards.version = excluded.version - 1`;
  return count === 1;
}

/** The last board that a shard posted. */
export interface SentBoard {
  version: number;
  /** Below `version` if an invocation ended between saving the board and finishing its posts. */
  postedVersion: number;
  entries: BoardEntry[];
  /** It is so new that the next one has to wait. */
  isRecent: boolean;
  /** A later board may wait. */
  isNextDue: boolean;
}

/** Faster updates would be unreadable, and each costs one post per viewer. */
const PAUSE_SECONDS = 1;

export async function loadBoard(sql: AnySql, shard: number): Promise<SentBoard> {
  // A time in the future is not recent: the clock was set back.
  const [board] = await sql<SentBoard[]>`
    select
      version, posted_version as "postedVersion", entries, due_at is not null as "isNextDue",
      saved_at between now() - ${PAUSE_SECONDS}::integer * interval '1 second' and now() as "isRecent"
    from boards where shard = ${shard}`;
  return board ?? { version: 0, postedVersion: 0, entries: [], isRecent: false, isNextDue: false };
}

/** Schedules the shard's next look at the leaderboard for the end of the pause, or cancels it. */
export async function setNextBoardDue(sql: AnySql, shard: number, isDue: boolean): Promise<void> {
  await sql`
    update boards
    set due_at = case when ${isDue}::boolean then saved_at + ${PAUSE_SECONDS}::integer * interval '1 second' end
    where shard = ${shard}`;
}

/** Records that every connection of the shard got this version or is marked as having missed it. */
export async function markBoardPosted(sql: AnySql, shard: number, version: number): Promise<void> {
  await sql`
    update boards set posted_version = ${version}::bigint where shard = ${shard} and version = ${version}::bigint`;
}

/** Reads the last board of a connection's shard, whose updates the connection gets from now on. An unregistered
 * connection that sends frames is registered with `newShard`; otherwise it would never get an update. */
export async function followBoard(
  sql: AnySql,
  connectionId: string,
  newShard: number,
): Promise<Pick<SentBoard, 'version' | 'entries'>> {
  // Follows before it reads: boards saved earlier are read, later ones are posted.
  await sql`
    insert into connections (connection_id, shard) values (${connectionId}, ${newShard}::smallint)
    on conflict (connection_id) do update set wants_board = true where not connections.wants_board`;
  const [board] = await sql<Pick<SentBoard, 'version' | 'entries'>[]>`
    select version, entries from boards
    where shard = (select shard from connections where connection_id = ${connectionId})`;
  return board ?? { version: 0, entries: [] };
}
