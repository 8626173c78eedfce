import type { AnySql } from './client.ts';
import { textArray } from './columns.ts';
import type { NewConnection } from './connections.ts';

/** API Gateway ends connections after two hours. Their `$disconnect` arrives within ten minutes or never. */
const OLDEST_MINUTES = 130;

/** A connection has up to 50 subscriptions. */
export const OLD_CONNECTIONS_PAGE = 1_000;
/** A row is two ids and five numbers. */
const UNWATCHED_PAGE = 10_000;

/** The oldest connections that can no longer exist on AWS, at most `OLD_CONNECTIONS_PAGE`.
 * @returns their ids */
export async function listOldConnections(sql: AnySql): Promise<string[]> {
  const rows = await sql<{ id: string }[]>`
    select connection_id as id from connections
    where connected_at < now() - ${OLDEST_MINUTES}::integer * interval '1 minute'
    order by connected_at limit ${OLD_CONNECTIONS_PAGE}::integer`;
  return rows.map(({ id }) => id);
}

/** Deletes the sent state of polls that nobody watches; later calls delete the rest. */
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

/** Frames overtake each other by seconds. */
const UNSUBSCRIPTION_MINUTES = 1;
/** A row is two ids and two times. */
export const UNSUBSCRIPTIONS_PAGE = 10_000;

/** Deletes the record of unsubscribings that no older frame can still contradict.
 * @returns the number deleted, at most `UNSUBSCRIPTIONS_PAGE` */
export async function deleteOldUnsubscriptions(sql: AnySql): Promise<number> {
  const { count } = await sql`
    with old as materialized (
      select connection_id, poll_id from unsubscriptions
      where noted_at < now() - ${UNSUBSCRIPTION_MINUTES}::integer * interval '1 minute'
      limit ${UNSUBSCRIPTIONS_PAGE}::integer for update skip locked
    )
    delete from unsubscriptions using old
    where unsubscriptions.connection_id = old.connection_id and unsubscriptions.poll_id = old.poll_id`;
  return count;
}

/** Old enough to reconnect, and early enough to get the message before API Gateway's two-hour limit. */
const AGING_MINUTES = 110;
/** About 0.25 MB of messages. */
export const AGING_PAGE = 2_000;

/** The oldest connections near their limit without a reconnect request yet, at most `AGING_PAGE`. */
export async function listAgingConnections(sql: AnySql): Promise<NewConnection[]> {
  return sql<NewConnection[]>`
    select connection_id as id, shard from connections
    where connected_at < now() - ${AGING_MINUTES}::integer * interval '1 minute' and not is_told_to_reconnect
    order by connected_at limit ${AGING_PAGE}::integer`;
}

export async function markReconnectRequested(sql: AnySql, connectionIds: string[]): Promise<void> {
  await sql`
    with aging as materialized (
      select connection_id from connections where connection_id = any(${textArray(connectionIds)}::text[])
      order by connection_id for no key update
    )
    update connections set is_told_to_reconnect = true
    from aging where connections.connection_id = aging.connection_id`;
}
