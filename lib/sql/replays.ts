import type { AnySql, Sql } from './client.ts';

/** Takes Postgres 0.1 s. */
const PAGE = 1_000;

/** More than counting and owners can raise a version between a backup and its restore. Clients ignore versions at
 * or below their own, so versions have to go on above all that they may have seen. */
const VERSIONS_AHEAD = 2 ** 30;

/** Makes final results wait for a replay, until `endReplay`.
 * @param since milliseconds since 1970
 * @returns the replay's id */
export async function beginReplay(sql: Sql, since: number): Promise<number> {
  const row = await sql.begin(async (tx) => {
    // Waits for statements that make results final without seeing this replay; later ones see it.
    await tx`lock table replays in access exclusive mode`;
    const [begun] = await tx<[{ replay_id: number }]>`
      insert into replays (since) values (${new Date(since)}) returning replay_id`;
    return begun;
  });
  return row.replay_id;
}

/** Records that a replay is making progress. */
export async function noteReplayMoves(sql: AnySql, replayId: number): Promise<void> {
  await sql`update replays set moved_at = clock_timestamp() where replay_id = ${replayId}::integer`;
}

/** Lets results become final. Also ends replays that crashed, as far as this one did their work.
 * @returns the replays that results still wait for, as `listReplays` does */
export async function endReplay(sql: AnySql, replayId: number): Promise<UnfinishedReplay[]> {
  await sql`
    delete from replays using replays as ended
    where ended.replay_id = ${replayId}::integer
      and (replays.replay_id = ended.replay_id or (replays.replay_id < ended.replay_id and replays.since >= ended.since))`;
  return listReplays(sql);
}

/** A replay that is running, or was stopped. Times are ISO 8601. */
export interface UnfinishedReplay {
  /** The append time from which it counts. */
  since: string;
  /** The time of its last progress. A running replay records progress every second, or after each slower batch. */
  moved_at: string;
  /** The time since then, by PostgreSQL's clock. */
  idle_seconds: number;
}

/** Lists the replays that have not finished, those with the earliest start first. */
export async function listReplays(sql: AnySql): Promise<UnfinishedReplay[]> {
  const rows = await sql<(Omit<UnfinishedReplay, 'since' | 'moved_at'> & { since: Date; moved_at: Date })[]>`
    select
      since, moved_at,
      greatest(0, round(extract(epoch from clock_timestamp() - moved_at)))::integer as idle_seconds
    from replays order by since`;
  return rows.map(({ since, moved_at, idle_seconds }) => ({
    since: since.toISOString(),
    moved_at: moved_at.toISOString(),
    idle_seconds,
  }));
}

/** Raises the version of polls that are not final above any that clients may have seen, and takes back results that
 * were final too early: a restore may have taken votes from a poll that ended after `since`. It works page by page,
 * so that owners hardly wait.
 * @param since milliseconds since 1970
 * @param graceMs for how long after its end a poll's votes may reach the log
 * @param onPage is called after each page
 * @returns the number of polls whose results are no longer final */
export async function reviseUnfinished(
  sql: AnySql,
  since: number,
  graceMs: number,
  onPage: () => Promise<void> = async () => {},
): Promise<number> {
  let undone = 0;
  for (let after = 0; ; ) {
    const [page] = await sql<[{ polls: number; undone: number; last: number | null }]>`
      with due as materialized (
        select poll_key, is_final from polls
        where poll_key > ${after}::integer
          and (not is_final or upper(windows) >= ${new Date(since - graceMs)})
        order by poll_key limit ${PAGE}::integer
        for no key update
      ), revised as (
        update polls set is_final = false, state_version = state_version + ${VERSIONS_AHEAD}::bigint
        from due where polls.poll_key = due.poll_key
      ), receiving as materialized (
        select poll_key from webhooks join due using (poll_key)
        where is_final and (due_at is not null or warned_at is not null)
        order by poll_key for no key update of webhooks
      ), dropped as (
        -- The next event is sent when the results are final again.
        update webhooks set due_at = null, warned_at = null, expires_at = null
        from receiving where webhooks.poll_key = receiving.poll_key
      )
      select count(*) as polls, count(*) filter (where is_final) as undone, max(poll_key) as last from due`;
    await onPage();
    undone += page.undone;
    if (page.polls < PAGE || page.last === null) return undone;
    after = page.last;
  }
}

/** Raises the versions of all boards above any that clients may have seen.
 * @param shards how many there are */
export async function raiseBoardVersions(sql: AnySql, shards: number): Promise<void> {
  await sql`
    insert into boards (shard, version, posted_version, entries)
    select shard, ${VERSIONS_AHEAD}::bigint, ${VERSIONS_AHEAD}::bigint, '[]'
    from generate_series(0, ${shards}::integer - 1) as shard
    order by shard
    on conflict (shard) do update set
      version = boards.version + excluded.version, posted_version = boards.posted_version + excluded.posted_version`;
}
