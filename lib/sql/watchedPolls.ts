import type { PollSnapshot, SentPoll } from '../domain/pollDiff.ts';
import type { AnySql } from './client.ts';
import { textArray } from './columns.ts';

export interface WatchedPoll {
  pollId: string;
  /** What the shard sent last; null if unknown. */
  sent: SentPoll | null;
}

type Row = SentPoll & { pollId: string; isKnown: boolean };

const agoMs = (sql: AnySql) => sql`(extract(epoch from now() - sent_at) * 1000)::float8 as "agoMs"`;

const toWatched = ({ pollId, isKnown, ...sent }: Row): WatchedPoll => ({
  pollId,
  sent: isKnown ? sent : null,
});

/** Lists the given polls that the shard has viewers for. */
export async function listWatchedPolls(
  sql: AnySql,
  shard: number,
  pollIds: string[],
): Promise<WatchedPoll[]> {
  const rows = await sql<Row[]>`
    select
      poll_id as "pollId", version is not null as "isKnown", version, state_version as "stateVersion", status,
      viewers, ${agoMs(sql)}, is_followed as "isFollowed"
    from unnest(${textArray(pollIds)}::uuid[]) as given (poll_id)
    left join (select * from watched_polls where shard = ${shard}::smallint) as sent using (poll_id)
    where exists (
      select from subscriptions where poll_id = given.poll_id and shard = ${shard}::smallint
    )`;
  return rows.map(toWatched);
}

const UNKNOWN_STATE = -1;

/** Limit per round; the next round handles the rest. */
const MAX_DUE = 5_000;

/** Lists polls with a change that waited until now, those that waited longest first. */
export async function listDuePolls(sql: AnySql, shard: number): Promise<string[]> {
  const rows = await sql<{ poll_id: string }[]>`
    select poll_id from watched_polls where shard = ${shard}::smallint and due_at <= now()
    order by due_at limit ${MAX_DUE}::integer`;
  return rows.map(({ poll_id }) => poll_id);
}

/** Schedules the next update of these polls one tick after their last message.
 * @param tickMs 0 for changes that are due at once, null clears the schedule */
export async function setNextUpdatesDue(
  sql: AnySql,
  shard: number,
  pollIds: string[],
  tickMs: number | null,
): Promise<void> {
  await sql`
    with waiting as materialized (
      select poll_id, shard from watched_polls
      where poll_id = any(${textArray(pollIds)}::uuid[]) and shard = ${shard}::smallint
        and (due_at is null) = ${tickMs !== null}::boolean
      order by poll_id, shard for no key update
    )
    update watched_polls set due_at = sent_at + ${tickMs}::float8 * interval '1 millisecond'
    from waiting
    where watched_polls.poll_id = waiting.poll_id and watched_polls.shard = waiting.shard`;
}

/** What a shard last sent of a poll that it has viewers for. */
export interface ShardsWatchedPoll {
  pollId: string;
  shard: number;
  sent: SentPoll;
}

export const WATCHED_PAGE = 2_000;

/** Lists what the shards last sent of their watched polls: one row per poll and shard.
 * @param after the last row of the previous page
 * @returns at most `WATCHED_PAGE` */
export async function listAllWatchedPolls(
  sql: AnySql,
  after: Pick<ShardsWatchedPoll, 'pollId' | 'shard'> | undefined,
): Promise<ShardsWatchedPoll[]> {
  const rows = await sql<(SentPoll & { pollId: string; shard: number })[]>`
    select
      poll_id as "pollId", shard, version, state_version as "stateVersion", status, viewers,
      ${agoMs(sql)}, is_followed as "isFollowed"
    from watched_polls
    where
      ${after ? sql`(poll_id, shard) > (${after.pollId}::uuid, ${after.shard}::smallint) and` : sql``}
      exists (
        select from subscriptions where poll_id = watched_polls.poll_id and shard = watched_polls.shard
      )
    order by poll_id, shard limit ${WATCHED_PAGE}::integer`;
  return rows.map(({ pollId, shard, ...sent }) => ({ pollId, shard, sent }));
}

/** Stores what a shard has sent of these polls. */
export async function saveSentPolls(sql: AnySql, shard: number, polls: PollSnapshot[]): Promise<void> {
  await insertSentPolls(
    sql,
    shard,
    polls,
    sql`
    update set
      version = excluded.version, state_version = excluded.state_version, status = excluded.status,
      viewers = excluded.viewers, counted_at = excluded.counted_at, is_followed = excluded.is_followed,
      sent_at = excluded.sent_at, due_at = null`,
    sql`now()`,
  );
}

/** Stores what the first viewer of a shard got; keeps an existing row. No update was sent, so none has to wait
 * for a tick to pass.
 * @returns whether the viewers of this shard follow the poll: later subscribers get the same answer */
export async function saveFirstSentPoll(sql: AnySql, shard: number, poll: PollSnapshot): Promise<boolean> {
  await insertSentPolls(sql, shard, [poll], sql`nothing`, sql`to_timestamp(0)`);
  const [stored] = await sql<{ isFollowed: boolean }[]>`
    select is_followed as "isFollowed" from watched_polls
    where poll_id = ${poll.pollId}::uuid and shard = ${shard}::smallint`;
  return stored?.isFollowed ?? poll.isFollowed;
}

/** Stores that a poll starts or stops being followed, before viewers get the message, so that concurrent subscribers get
 * the same answer. The sent state stays unknown until the round has finished, so a retry sends it again. */
export async function saveFollowingChange(sql: AnySql, shard: number, polls: PollSnapshot[]): Promise<void> {
  await saveSentPolls(
    sql,
    shard,
    polls.map((poll) => ({ ...poll, stateVersion: UNKNOWN_STATE })),
  );
}

async function insertSentPolls(
  sql: AnySql,
  shard: number,
  polls: PollSnapshot[],
  onConflict: ReturnType<AnySql>,
  sentAt: ReturnType<AnySql>,
): Promise<void> {
  await sql`
    insert into watched_polls (
      poll_id, shard, version, state_version, status, viewers, counted_at, is_followed, sent_at
    )
    select
      "pollId", ${shard}::smallint, version, "stateVersion", status, viewers, "countedAt", "isFollowed", ${sentAt}
    from jsonb_to_recordset(${JSON.stringify(polls)}::text::jsonb) as sent (
      "pollId" uuid, version bigint, "stateVersion" bigint, status text, viewers integer, "countedAt" timestamptz,
      "isFollowed" boolean
    )
    order by 1
    on conflict (poll_id, shard) do ${onConflict}`;
}
