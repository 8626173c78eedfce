import type { AnySql } from './client.ts';
import { presentMs } from './databaseClock.ts';

/** Takes Postgres 0.1 s. */
export const CLOSING_PAGE = 1_000;

/** Removes ended polls from the leaderboard's index and stores their end, oldest first, so that it is announced. This is
 * cleanup: polls close by time, which raises their version too, and votes accepted before the end still count.
 * @param now see `databaseNow`
 * @param pollId only this poll
 * @returns the number closed, at most `CLOSING_PAGE` */
export async function closeEndedPolls(sql: AnySql, now: number, pollId?: string): Promise<number> {
  const [row] = await sql<[{ closed: number }]>`
    with due as materialized (
      select poll_key from polls
      where not is_final and not is_closed and upper(windows) <= ${new Date(now)}
        ${pollId === undefined ? sql`` : sql`and poll_id = ${pollId}::uuid`}
      order by upper(windows) limit ${CLOSING_PAGE}::integer
    ), ended as materialized (
      -- Skips polls that are being changed; the next call handles them.
      select poll_key from polls
      where poll_key in (select poll_key from due)
        and not is_final and not is_closed and upper(windows) <= ${new Date(now)}
      order by poll_key for no key update skip locked
    ), closed as (
      update polls set is_closed = true, state_version = state_version + 1
      from ended where polls.poll_key = ended.poll_key
    ), leaving as materialized (
      -- Same lock order as the tally.
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

const MARKING_PAGE = 10_000;

/** Draws the number of the next marker, and notes it in polls past end and grace that wait for none yet, oldest ends
 * first, at most `MARKING_PAGE`. A marker that is sent after this commits is behind all their votes.
 * @param now see `databaseNow`
 * @returns the number */
export async function drawMark(sql: AnySql, graceMs: number, now: number): Promise<number> {
  const isUnmarked = sql`${areResultsDue(sql, graceMs, now)} and final_mark is null`;
  const [row] = await sql<[{ mark: number }]>`
    with drawn as (
      -- Never lower than before, even if the clock was set back.
      update last_mark set mark = greatest(mark + 1, ${presentMs(sql)} * 1000) returning mark
    ), first as materialized (
      select poll_key from polls where ${isUnmarked} order by upper(windows) limit ${MARKING_PAGE}::integer
    ), unmarked as materialized (
      -- Skips polls that are being changed; the next call handles them.
      select poll_key from polls
      where poll_key in (select poll_key from first) and ${isUnmarked}
      order by poll_key for no key update skip locked
    ), marked as (
      update polls set final_mark = drawn.mark from unmarked, drawn where polls.poll_key = unmarked.poll_key
    )
    select mark from drawn`;
  return row.mark;
}

/** Takes Postgres 0.1 s. */
const FINALIZING_PAGE = 1_000;

/** Makes results final once all votes that were in time are counted: once every partition is counted past a marker
 * that was sent for the poll or later and appended more than `graceMs` after its end, and no replay is under way.
 * Webhooks become due at the same time. Oldest ends come first, one page per call.
 * @param partitions of the topic `votes`, read after `now`: later partitions hold no vote in time
 * @param now see `databaseNow`
 * @returns the number of polls past end and grace that still wait */
export async function finalizePolls(
  sql: AnySql,
  partitions: number,
  graceMs: number,
  now: number,
): Promise<number> {
  const isDue = areResultsDue(sql, graceMs, now);
  const grace = sql`${graceMs}::integer * interval '1 millisecond'`;
  const isCounted = sql`${isDue} and final_mark <= mark and upper(windows) + ${grace} < counted_until`;
  const [row] = await sql<[{ waiting: number }]>`
    with progress as (
      select
        min(mark) as mark, timestamptz 'epoch' + min(marked_at) * interval '1 millisecond' as counted_until
      from partition_progress
      where partition < ${partitions}::integer
        -- After a restore, partitions may be counted beyond votes that only the replay counts.
        and not exists (select from replays)
      having count(*) = ${partitions}::integer
    ), due as (
      select poll_key from polls where ${isDue}
    ), first as materialized (
      select poll_key from polls cross join progress
      where ${isCounted}
      order by upper(windows) limit ${FINALIZING_PAGE}::integer
    ), counted as materialized (
      -- Skips polls that are being changed; the next call handles them.
      select poll_key from polls cross join progress
      where poll_key in (select poll_key from first)
        and ${isCounted}
      order by poll_key for no key update of polls skip locked
    ), finished as (
      update polls set is_final = true, state_version = state_version + 1
      from counted where polls.poll_key = counted.poll_key
      returning polls.poll_key, state_version
    ), receiving as materialized (
      select poll_key, state_version from webhooks join finished using (poll_key)
      order by poll_key for no key update of webhooks
    ), events as (
      update webhooks
      set final_version = state_version, finalized_at = ${new Date(now)}, tries = 0, due_at = ${new Date(now)},
        warned_at = null, expires_at = null
      from receiving
      where webhooks.poll_key = receiving.poll_key
    )
    select count(*) as waiting from due where poll_key not in (select poll_key from finished)`;
  return row.waiting;
}

/** SQL condition for polls past end and grace whose results are not final. */
function areResultsDue(sql: AnySql, graceMs: number, now: number) {
  return sql`not is_final and is_closed and upper(windows) < ${new Date(now - graceMs)}`;
}

/** Says whether results are due, and whether a replay keeps them from becoming final.
 * @param now see `databaseNow` */
export async function findDueResults(sql: AnySql, graceMs: number, now: number) {
  const [row] = await sql<[{ areDue: boolean; areHeld: boolean }]>`
    select
      exists (select from polls where ${areResultsDue(sql, graceMs, now)}) as "areDue",
      exists (select from replays) as "areHeld"`;
  return row;
}

export const OPENINGS_PAGE = 1_000;

/** A position in the order of openings. */
export interface Opening {
  /** Postgres' text format, with microseconds. */
  opensAt: string;
  pollId: string;
}

const FIRST_ID = '00000000-0000-0000-0000-000000000000';

/** @param time milliseconds since 1970 */
export function openingsAfter(time: number): Opening {
  return { opensAt: new Date(time).toISOString(), pollId: FIRST_ID };
}

/** Lists the next polls whose `opens_at` has passed, at most `OPENINGS_PAGE`. Opening stores nothing, so
 * it has to be detected by time.
 * @param until see `databaseNow`; inclusive */
export async function listOpenedPolls(sql: AnySql, after: Opening, until: number): Promise<Opening[]> {
  return sql<Opening[]>`
    select opens_at::text as "opensAt", poll_id as "pollId" from polls
    where opens_at >= ${after.opensAt}::timestamptz
      and (opens_at, poll_id) > (${after.opensAt}::timestamptz, ${after.pollId}::uuid)
      and opens_at <= ${new Date(until)} and not is_final
    order by opens_at, poll_id limit ${OPENINGS_PAGE}::integer`;
}
