import type { PresentPoll } from '../domain/pollNews.ts';
import type { AnySql } from './client.ts';

/** Notes what a shard has sent of these polls. */
export async function saveSentPolls(sql: AnySql, shard: number, polls: PresentPoll[]): Promise<void> {
  await insertSentPolls(
    sql,
    shard,
    polls,
    sql`
    update set
      version = excluded.version, state_version = excluded.state_version, status = excluded.status,
      viewers = excluded.viewers, counted_at = excluded.counted_at, sent_at = excluded.sent_at`,
  );
}

/** Notes what the first viewer of a shard knows of a poll; what is noted already stays. */
export async function saveFirstSentPoll(sql: AnySql, shard: number, poll: PresentPoll): Promise<void> {
  await insertSentPolls(sql, shard, [poll], sql`nothing`);
}

async function insertSentPolls(
  sql: AnySql,
  shard: number,
  polls: PresentPoll[],
  onConflict: ReturnType<AnySql>,
): Promise<void> {
  await sql`
    insert into watched_polls (poll_id, shard, version, state_version, status, viewers, counted_at)
    select "pollId", ${shard}::smallint, version, "stateVersion", status, viewers, "countedAt"
    from jsonb_to_recordset(${JSON.stringify(polls)}::text::jsonb) as sent (
      "pollId" uuid, version bigint, "stateVersion" bigint, status text, viewers integer, "countedAt" timestamptz
    )
    order by 1
    on conflict (poll_id, shard) do ${onConflict}`;
}
