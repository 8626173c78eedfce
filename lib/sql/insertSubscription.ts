import { MAX_SUBSCRIPTIONS } from '../contract/limits.ts';
import type { AnySql } from './client.ts';

export interface Subscription {
  connectionId: string;
  /** Of a connection that is not registered, though it speaks: it is registered, or it would never hear of a
   * change. */
  newShard: number;
  /** Lower case, with dashes. */
  pollId: string;
  hasVoted: boolean;
}

export type SubscriptionResult =
  | { outcome: 'subscribed'; shard: number }
  | { outcome: 'poll_not_found' }
  | { outcome: 'too_many' };

/** Has a connection watch a poll; once more is fine, and the last says whether it has voted. */
export async function insertSubscription(
  sql: AnySql,
  { connectionId, newShard, pollId, hasVoted }: Subscription,
): Promise<SubscriptionResult> {
  const [row] = await sql<{ isPoll: boolean; shard: number | null }[]>`
    with poll as (
      select poll_id from polls where poll_id = ${pollId}::uuid
    ), known as materialized (
      -- Kept from being deleted until the subscription refers to it. The foreign key's own lock comes later, and
      -- others could share it, see README.md.
      select shard from connections where connection_id = ${connectionId} for no key update
    ), added as (
      insert into connections (connection_id, shard)
      select ${connectionId}, ${newShard}::smallint from poll where not exists (select from known)
      -- Somebody else has added it meanwhile; this locks it as well.
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
