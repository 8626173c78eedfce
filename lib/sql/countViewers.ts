import type { AnySql } from './client.ts';
import { textArray } from './columns.ts';

export interface Viewers {
  pollId: string;
  viewers: number;
  countedAt: Date;
  /** Any shard's viewers read the poll from a URL. */
  wasFollowed: boolean;
}

/** Up to this number, every call counts exactly, in half a millisecond at most. */
const EXACT_UP_TO = 1_000;
/** Above it, calls share a count this recent: counting 100,000 takes about 20 ms, and every subscriber asks.
 * A count from further in the future was made before the clock was set back. */
const FRESH_SECONDS = 2;
/** For followed polls, whose viewers get no posts. */
const FRESH_SECONDS_IF_FOLLOWED = 60;

/** Counts the viewers of each poll. A followed poll is estimated from a sample. */
export async function countViewers(sql: AnySql, pollIds: string[]): Promise<Viewers[]> {
  return sql<Viewers[]>`
    select given.poll_id as "pollId", coalesce(recent.viewers, counted.viewers) as viewers,
      coalesce(recent.counted_at, now()) as "countedAt", mode.was_followed as "wasFollowed"
    from unnest(${textArray(pollIds)}::uuid[]) as given (poll_id)
    cross join lateral (
      select coalesce(bool_or(is_followed), false) as was_followed from watched_polls where poll_id = given.poll_id
    ) as mode
    cross join lateral (
      select count(*)::integer as count from (
        select from subscriptions where poll_id = given.poll_id limit ${EXACT_UP_TO + 1}::integer
      ) as watching
    ) as first
    left join lateral (
      select viewers, counted_at from watched_polls
      where first.count > ${EXACT_UP_TO}::integer and poll_id = given.poll_id
        and counted_at between now() - interval '1 second' * case
            when mode.was_followed then ${FRESH_SECONDS_IF_FOLLOWED}::integer else ${FRESH_SECONDS}::integer
          end
          and now() + ${FRESH_SECONDS}::integer * interval '1 second'
      order by counted_at desc limit 1
    ) as recent on true
    left join lateral (
      select case when first.count > ${EXACT_UP_TO}::integer
        then (select count(*)::integer from subscriptions where poll_id = given.poll_id)
        else first.count
      end + (
        select coalesce(sum(stands_for - 1), 0)::integer from subscriptions
        where poll_id = given.poll_id and stands_for > 1
      ) as viewers
      where recent.viewers is null
    ) as counted on true`;
}
