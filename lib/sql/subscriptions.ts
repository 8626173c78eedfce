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
  /** The receipt of a vote that is not decided yet. */
  receipt?: string | undefined;
  /** When API Gateway took the frame, in milliseconds since 1970. */
  askedAt: number;
  /** Presents a receipt or the owner's token. */
  seesMore?: boolean;
  /** Presents the owner's token. Then it has `hasVoted` too: the owner sees what voters see. */
  isOwner?: boolean;
}

export type SubscriptionResult =
  /** `overtaken`: a newer frame for this poll was already applied. */
  | { outcome: 'subscribed' | 'overtaken'; shard: number }
  /** The poll has so many viewers that they read it from a URL, and this one got no row. */
  | { outcome: 'following' }
  | { outcome: 'poll_not_found' }
  | { outcome: 'too_many' };

/** The minimum sample of viewers of a followed poll; it keeps the estimated count accurate to about 1 %. */
const SAMPLE_SIZE = 10_000;

/** Subscribes a connection to a poll. Safe to repeat; of several subscriptions to one poll, the latest frame decides. */
export async function insertSubscription(
  sql: AnySql,
  subscription: Subscription,
): Promise<SubscriptionResult> {
  const { connectionId, newShard, pollId, hasVoted, receipt, askedAt } = subscription;
  const { seesMore = false, isOwner = false } = subscription;
  const [row] = await sql<[{ outcome: SubscriptionResult['outcome']; shard: number }]>`
    select outcome, own_shard as shard
    from subscribe_or_follow(
      ${connectionId}, ${newShard}::smallint, ${pollId}::uuid, ${hasVoted}::boolean, ${receipt ?? null}::text,
      to_timestamp(${askedAt}::float8 / 1000), ${MAX_SUBSCRIPTIONS}::integer, ${seesMore}::boolean,
      ${SAMPLE_SIZE}::integer, ${isOwner}::boolean
    )`;
  const { outcome, shard } = row;
  return outcome === 'subscribed' || outcome === 'overtaken' ? { outcome, shard } : { outcome };
}

/** Ends a subscription that was asked for earlier.
 * @param askedAt as in `Subscription`
 * @returns false if there was none */
export async function deleteSubscription(
  sql: AnySql,
  connectionId: string,
  pollId: string,
  askedAt: number,
): Promise<boolean> {
  const [row] = await sql<[{ wasWatched: boolean }]>`
    select unsubscribe_from_poll(
      ${connectionId}, ${pollId}::uuid, to_timestamp(${askedAt}::float8 / 1000)
    ) as "wasWatched"`;
  return row.wasWatched;
}

/** Deletes a shard's subscriptions to deleted polls, except those that wait for a message. */
export async function deleteSubscriptionsOf(sql: AnySql, shard: number, pollIds: string[]): Promise<void> {
  const ids = textArray(pollIds);
  await sql`
    with watching as materialized (
      select connection_id, poll_id from subscriptions
      where poll_id = any(${ids}::uuid[]) and shard = ${shard}::smallint and due_at is null
      order by connection_id, poll_id for update
    )
    delete from subscriptions using watching
    where subscriptions.connection_id = watching.connection_id and subscriptions.poll_id = watching.poll_id`;
}

export interface Subscriber {
  connectionId: string;
  pollId: string;
  hasVoted: boolean;
  /** It presented a receipt of a vote that counted or may, or the owner's token. */
  seesMore: boolean;
  /** It presented the owner's token. */
  isOwner: boolean;
  /** It missed a message and needs the whole poll. */
  awaitsPoll: boolean;
  /** Since when it waits for it, in Postgres' text format, with microseconds; null if it does not wait. */
  dueAt: string | null;
}

/** The polls of a round whose subscribers are listed. */
export interface Listed {
  /** Polls with a change for all subscribers. */
  toAll: string[];
  /** Polls with a change only for subscribers who see more than others. */
  toSome: string[];
}

/** What a shard's share of the default budget posts in a round. About 8 MB. */
export const MAX_SUBSCRIBERS = 30_000;

const subscriberColumns = (sql: AnySql) => sql`
  connection_id as "connectionId", poll_id as "pollId", has_voted as "hasVoted",
  has_voted or receipt is not null as "seesMore", has_voted and is_owner as "isOwner",
  due_at is not null as "awaitsPoll", due_at::text as "dueAt"`;

/** Lists a shard's subscribers who follow these polls and wait for nothing.
 * @param after lists them by connection, after this one; undefined lists them in any order
 * @returns at most `MAX_SUBSCRIBERS` */
export async function listSubscribers(
  sql: AnySql,
  shard: number,
  { toAll, toSome }: Listed,
  after?: string,
): Promise<Subscriber[]> {
  const isNext = after === undefined ? sql`` : sql`and connection_id > ${after}`;
  return sql<Subscriber[]>`
    select ${subscriberColumns(sql)}
    from subscriptions
    where poll_id = any(${textArray(toAll)}::uuid[]) and shard = ${shard}::smallint and due_at is null ${isNext}
    union all
    select ${subscriberColumns(sql)}
    from subscriptions
    where poll_id = any(${textArray(toSome)}::uuid[]) and shard = ${shard}::smallint and due_at is null ${isNext}
      and (has_voted or receipt is not null)
    ${after === undefined ? sql`` : sql`order by "connectionId"`} limit ${MAX_SUBSCRIBERS}::integer`;
}

/** Lists a shard's subscribers who need a whole poll, those who waited longest first. Skips connections that were
 * unreachable a moment ago.
 * @returns at most `MAX_SUBSCRIBERS`; the next round handles the rest */
export async function listWaitingSubscribers(sql: AnySql, shard: number): Promise<Subscriber[]> {
  return sql<Subscriber[]>`
    select ${subscriberColumns(sql)} from subscriptions
    where shard = ${shard}::smallint and due_at <= now()
    order by due_at limit ${MAX_SUBSCRIBERS}::integer`;
}
