import type { AnySql } from './client.ts';
import { forgetConnections } from './forgetConnections.ts';

/** API Gateway ends a connection after two hours. Ten minutes later its `$disconnect` will not come any more. */
const OLDEST_MINUTES = 130;

/** Each with up to 50 subscriptions. */
export const OLD_CONNECTIONS_PAGE = 1_000;
/** Rows of two ids and five numbers. */
const UNWATCHED_PAGE = 10_000;

/** Forgets the oldest connections that cannot exist any longer.
 * @returns how many there were, `OLD_CONNECTIONS_PAGE` at most */
export async function deleteOldConnections(sql: AnySql): Promise<number> {
  const { count } = await forgetConnections(
    sql,
    sql`connection_id = any(array(
      select connection_id from connections
      where connected_at < now() - ${OLDEST_MINUTES}::integer * interval '1 minute'
      order by connected_at limit ${OLD_CONNECTIONS_PAGE}::integer
    ))`,
  );
  return count;
}

/** Forgets what was sent to viewers of whom there are none; what is left is for the next call. */
export async function deleteUnwatchedPolls(sql: AnySql): Promise<void> {
  await sql`
    with unwatched as materialized (
      select poll_id, shard from watched_polls
      where sent_at < now() - interval '1 hour' and not exists (
        select from subscriptions where poll_id = watched_polls.poll_id and shard = watched_polls.shard
      )
      order by poll_id, shard limit ${UNWATCHED_PAGE}::integer for update skip locked
    )
    delete from watched_polls using unwatched
    where watched_polls.poll_id = unwatched.poll_id and watched_polls.shard = unwatched.shard`;
}
