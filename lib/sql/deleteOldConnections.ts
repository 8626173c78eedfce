import type { AnySql } from './client.ts';
import { forgetConnections } from './forgetConnections.ts';

/** API Gateway ends a connection after two hours. Ten minutes later its `$disconnect` will not come any more. */
const OLDEST_MINUTES = 130;

/** Forgets connections that cannot exist any longer, and what was sent to viewers of whom there are none.
 * @returns how many connections there were */
export async function deleteOldConnections(sql: AnySql): Promise<number> {
  const { count } = await forgetConnections(
    sql,
    sql`connected_at < now() - ${OLDEST_MINUTES}::integer * interval '1 minute'`,
  );
  await sql`
    with unwatched as materialized (
      select poll_id, shard from watched_polls
      where sent_at < now() - interval '1 hour' and not exists (
        select from subscriptions where poll_id = watched_polls.poll_id and shard = watched_polls.shard
      )
      order by poll_id, shard for update skip locked
    )
    delete from watched_polls using unwatched
    where watched_polls.poll_id = unwatched.poll_id and watched_polls.shard = unwatched.shard`;
  return count;
}
