import type postgres from 'postgres';
import type { AnySql } from './client.ts';

/**
 * Deletes connections with all that they watch, locked in the order of README.md: the cascade of the foreign key
 * would take any.
 *
 * @param which SQL for the condition on `connections`
 * @returns how many there were, and ids of the polls that they watched
 */
export async function forgetConnections(
  sql: AnySql,
  which: postgres.Fragment,
): Promise<{ count: number; watched: string[] }> {
  const [row] = await sql<[{ count: number; watched: string[] }]>`
    with gone as materialized (
      select connection_id from connections where ${which} order by connection_id for update
    ), watching as materialized (
      select connection_id, poll_id from subscriptions
      where connection_id = any(array(select connection_id from gone))
      order by connection_id, poll_id for update
    ), unwatched as (
      delete from subscriptions using watching
      where subscriptions.connection_id = watching.connection_id and subscriptions.poll_id = watching.poll_id
    ), closed as (
      delete from connections using gone where connections.connection_id = gone.connection_id
    )
    select
      (select count(*) from gone) as count,
      (select coalesce(json_agg(distinct poll_id), '[]') from watching) as watched`;
  return row;
}
