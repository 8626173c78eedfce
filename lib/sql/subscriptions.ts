import { MAX_SUBSCRIPTIONS } from '../contract/limits.ts';
import type { AnySql } from './client.ts';
import { textArray } from './columns.ts';

export interface Subscription {
  connectionId: string;
  /** Shard for an unregistered connection, which gets registered; otherwise it would never get an update. */
  newShard: number;
  /** Lower case, with dashes. */
  pollId: string;
  hasVoted: boolean;
}

export type SubscriptionResult =
  | { outcome: 'subscribed'; shard: number }
  | { outcome: 'poll_not_found' }
  | { outcome: 'too_many' };

/** Subscribes a connection to a poll. Safe to repeat; the last call sets `hasVoted`. */
export async function insertSubscription(
  sql: AnySql,
  { connectionId, newShard, pollId, hasVoted }: Subscription,
): Promise<SubscriptionResult> {
  const [row] = await sql<{ isPoll: boolean; shard: number | null }[]>`
    with poll as (
      select poll_id from polls where poll_id = ${pollId}::uuid
    ), known as materialized (
      -- Prevents deletion until the subscription refers to it. The foreign key's own lock comes later and is
      -- shared, see README.md.
      select shard from connections where connection_id = ${connectionId} for no key update
    ), added as (
      insert into connections (connection_id, shard)
      select ${connectionId}, ${newShard}::smallint from poll where not exists (select from known)
      -- Inserted concurrently; this locks the row too.
      on conflict (connection_id) do update set shard = connections.shard
      returning shard
    ), others as (
      select count(*) as count from subscriptions
      where connection_id = ${connectionId} and poll_id <> ${pollId}::uuid
    ), subscribed as (
      insert into subscriptions (connection_id, poll_id, shard, has_voted)
      select ${connectionId}, poll_id, coalesce((select shard from known), (select shard from added)), ${hasVoted}::boolean
      from poll, others
      where others.count < ${MAX_SUBSCRIPTIONS}::integer
      on conflict (connection_id, poll_id) do update set has_voted = excluded.has_voted, due_at = null
      returning shard
    )
    select exists (select from poll) as "isPoll", (select shard from subscribed) as shard`;
  if (!row?.isPoll) return { outcome: 'poll_not_found' };
  return row.shard === null ? { outcome: 'too_many' } : { outcome: 'subscribed', shard: row.shard };
}

/** @returns false if the connection did not watch this poll */
export async function deleteSubscription(
  sql: AnySql,
  connectionId: string,
  pollId: string,
): Promise<boolean> {
  const { count } = await sql`
    delete from subscriptions where connection_id = ${connectionId} and poll_id = ${pollId}::uuid`;
  return count > 0;
}

/** Deletes a shard's subscriptions to deleted polls. */
export async function deleteSubscriptionsOf(sql: AnySql, shard: number, pollIds: string[]): Promise<void> {
  const ids = textArray(pollIds);
  await sql`
    with watching as materialized (
      select connection_id, poll_id from subscriptions
      where poll_id = any(${ids}::uuid[]) and shard = ${shard}::smallint
      order by connection_id, poll_id for update
    )
    delete from subscriptions using watching
    where subscriptions.connection_id = watching.connection_id and subscriptions.poll_id = watching.poll_id`;
}

export interface Subscriber {
  connectionId: string;
  pollId: string;
  hasVoted: boolean;
  /** It missed a message and needs the whole poll. */
  awaitsPoll: boolean;
}

/** Lists a shard's subscribers to changed polls, and those who still need the whole poll of the awaited ones.
 * Skips connections that were unreachable a moment ago. */
export async function listSubscribers(
  sql: AnySql,
  shard: number,
  withNews: string[],
  awaited: string[],
): Promise<Subscriber[]> {
  return sql<Subscriber[]>`
    select connection_id as "connectionId", poll_id as "pollId", has_voted as "hasVoted", false as "awaitsPoll"
    from subscriptions
    where poll_id = any(${textArray(withNews)}::uuid[]) and shard = ${shard}::smallint and due_at is null
    union all
    select connection_id, poll_id, has_voted, true
    from subscriptions
    where poll_id = any(${textArray(awaited)}::uuid[]) and shard = ${shard}::smallint and due_at <= now()`;
}

/** Schedules the whole poll for these subscriptions.
 * @param seconds null for subscriptions that are up to date */
export async function setPollsDue(
  sql: AnySql,
  subscriptions: { connectionId: string; pollId: string }[],
  seconds: number | null,
): Promise<void> {
  const connectionIds = textArray(subscriptions.map(({ connectionId }) => connectionId));
  const pollIds = textArray(subscriptions.map(({ pollId }) => pollId));
  await sql`
    with watching as materialized (
      select connection_id, poll_id
      from subscriptions join unnest(${connectionIds}::text[], ${pollIds}::uuid[]) as given (connection_id, poll_id)
        using (connection_id, poll_id)
      order by connection_id, poll_id for no key update of subscriptions
    )
    update subscriptions set due_at = now() + ${seconds}::float8 * interval '1 second'
    from watching
    where subscriptions.connection_id = watching.connection_id and subscriptions.poll_id = watching.poll_id`;
}
