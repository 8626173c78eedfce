import type { AnySql } from './client.ts';
import { areResultsDue } from './someResultsAreDue.ts';

/** Takes Postgres 0.1 s. */
const FINALIZING_PAGE = 1_000;

/**
 * Makes results final where every vote that was accepted in time has been counted: where all partitions of the log
 * are counted up to a record that was appended more than `graceMs` after the end. Those who get webhooks are due to
 * hear of it from then on. The polls that ended first come first, so many at a time; the others go on waiting.
 *
 * @param partitions that the topic `votes` had after `now`: what is in later ones came too late for these polls
 * @param now milliseconds since 1970
 * @returns how many polls are past end and grace and still wait for that
 */
export async function finalizePolls(
  sql: AnySql,
  partitions: number,
  graceMs: number,
  now: number,
): Promise<number> {
  const grace = sql`${graceMs}::integer * interval '1 millisecond'`;
  const isDue = areResultsDue(sql, graceMs, now);
  const [row] = await sql<[{ waiting: number }]>`
    with progress as (
      select timestamptz 'epoch' + min(append_time) * interval '1 millisecond' as counted_until
      from partition_progress
      where partition < ${partitions}::integer
      having count(*) = ${partitions}::integer
    ), due as (
      select poll_key from polls where ${isDue}
    ), first as materialized (
      select poll_key from polls cross join progress
      where ${isDue} and upper(windows) + ${grace} < counted_until
      order by upper(windows) limit ${FINALIZING_PAGE}::integer
    ), counted as materialized (
      -- A poll that somebody else changes at this moment is left for the next call.
      select poll_key from polls cross join progress
      where poll_key in (select poll_key from first)
        and ${isDue} and upper(windows) + ${grace} < counted_until
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
      set final_version = state_version, finalized_at = ${new Date(now)}, tries = 0, due_at = ${new Date(now)}
      from receiving
      where webhooks.poll_key = receiving.poll_key
    )
    select count(*) as waiting from due where poll_key not in (select poll_key from finished)`;
  return row.waiting;
}
