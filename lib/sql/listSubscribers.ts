import type { AnySql } from './client.ts';
import { textArray } from './textArray.ts';

export interface Subscriber {
  connectionId: string;
  pollId: string;
  hasVoted: boolean;
  /** It missed a message and gets the whole poll. */
  awaitsPoll: boolean;
}

/** All of a shard who watch one of the polls with news, and those who wait for one of the awaited; but not those who
 * could not be reached a moment ago. */
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
