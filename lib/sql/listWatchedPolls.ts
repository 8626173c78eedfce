import type { SentPoll } from '../domain/pollNews.ts';
import type { AnySql } from './client.ts';
import { textArray } from './textArray.ts';

export interface WatchedPoll {
  pollId: string;
  /** What the shard sent of it last; null if nobody knows. */
  sent: SentPoll | null;
  /** Some of its viewers missed a message and wait for the whole poll. */
  isAwaited: boolean;
}

type Row = SentPoll & { pollId: string; isAwaited: boolean; isKnown: boolean };

const toWatched = ({ pollId, isAwaited, isKnown, ...sent }: Row): WatchedPoll => ({
  pollId,
  isAwaited,
  sent: isKnown ? sent : null,
});

/** Those of the named polls that somebody of the shard watches, and those for which somebody waits. */
export async function listWatchedPolls(
  sql: AnySql,
  shard: number,
  pollIds: string[],
): Promise<WatchedPoll[]> {
  const rows = await sql<Row[]>`
    with awaited as (
      select distinct poll_id from subscriptions where shard = ${shard}::smallint and due_at <= now()
    ), named as (
      select poll_id from unnest(${textArray(pollIds)}::uuid[]) as given (poll_id)
      where exists (
        select from subscriptions where poll_id = given.poll_id and shard = ${shard}::smallint
      )
      union select poll_id from awaited
    )
    select
      poll_id as "pollId", poll_id in (select poll_id from awaited) as "isAwaited",
      version is not null as "isKnown", version, state_version as "stateVersion", status, viewers,
      sent_at as "sentAt"
    from named left join (select * from watched_polls where shard = ${shard}::smallint) as sent using (poll_id)`;
  return rows.map(toWatched);
}

/** What a shard has sent of a poll that it has viewers of. */
export interface ShardsWatchedPoll {
  pollId: string;
  shard: number;
  sent: SentPoll;
}

export const WATCHED_PAGE = 2_000;

/** What shards have sent of the polls that they have viewers of; each poll as often as there are shards.
 * @param after the last of the page before
 * @returns the next, `WATCHED_PAGE` at most */
export async function listAllWatchedPolls(
  sql: AnySql,
  after: Pick<ShardsWatchedPoll, 'pollId' | 'shard'> | undefined,
): Promise<ShardsWatchedPoll[]> {
  const rows = await sql<(SentPoll & { pollId: string; shard: number })[]>`
    select
      poll_id as "pollId", shard, version, state_version as "stateVersion", status, viewers,
      sent_at as "sentAt"
    from watched_polls
    where
      ${after ? sql`(poll_id, shard) > (${after.pollId}::uuid, ${after.shard}::smallint) and` : sql``}
      exists (
        select from subscriptions where poll_id = watched_polls.poll_id and shard = watched_polls.shard
      )
    order by poll_id, shard limit ${WATCHED_PAGE}::integer`;
  return rows.map(({ pollId, shard, ...sent }) => ({ pollId, shard, sent }));
}
