import type { Poll, PollStatus } from '../domain/poll.ts';
import type { AnySql } from './client.ts';
import { readPolls } from './findPoll.ts';

export interface PollList {
  status: PollStatus;
  /** Part of the question, in any case; all polls if empty. */
  text: string;
  /** Only polls older than this one. */
  after: string | undefined;
  /** At most so many. */
  limit: number;
}

/** By time, as `pollStatus` has it: the end goes before the start, and a poll whose reopening is still ahead is
 * closing. A poll that is final has ended, which the planner cannot know, and is told so that it passes none of
 * them. */
function isIn(sql: AnySql, status: PollStatus, now: Date) {
  switch (status) {
    case 'scheduled':
      return sql`not is_final and upper(windows) > ${now} and opens_at > ${now}`;
    case 'open':
      return sql`not is_final and windows @> ${now}::timestamptz`;
    case 'closing':
      return sql`
        not is_final and not windows @> ${now}::timestamptz
        and (upper(windows) <= ${now} or opens_at is null or opens_at <= ${now})`;
    case 'closed':
      return sql`is_final and upper(windows) <= ${now}`;
  }
}

/** Polls of a list, whatever they ask, newest first. */
function newest(sql: AnySql, { status, after }: PollList, now: Date, limit: number) {
  return sql`
    where ${isIn(sql, status, now)} ${after ? sql`and poll_id < ${after}::uuid` : sql``}
    order by poll_id desc
    limit ${limit}::integer`;
}

/** So many are looked through before the index is asked, which takes 3 ms. The index finds all that hold a text,
 * and to look at 100,000 of them takes 100 ms; but a text that so many hold is soon found without it. */
const LOOK_THROUGH = 5_000;
/** The index is asked for so many pieces of a text at most: each takes its time, and more leave no fewer polls. */
const MAX_PIECES = 12;

/** Polls that may hold the text hold pieces of it, of three characters or of as many as there are; comparing finds
 * those that do. */
function holding(sql: AnySql, list: PollList, now: Date) {
  const holds = sql`strpos(folded_question, (select text from sought)) > 0`;
  return sql`
    with sought as materialized (
      select text, array(
        select substr(text, at, 3)
        from generate_series(
          1, greatest(1, length(text) - 2), greatest(1, (length(text) - 3 + ${MAX_PIECES}::integer) / ${MAX_PIECES}::integer)
        ) as at
      ) as pieces
      from fold_case(${list.text}) as text
    ), looked_through as materialized (
      -- A join would read all questions there are, as soon as the planner thinks it cheaper.
      select poll_id, (select ${holds} from questions where poll_key = polls.poll_key) as holds
      from polls ${newest(sql, list, now, LOOK_THROUGH)}
    ), found as materialized (
      select poll_id from polls join questions using (poll_key)
      where (
          -- Decided once, before the index is asked.
          select count(*) = ${LOOK_THROUGH}::integer and count(*) filter (where holds) < ${list.limit}::integer
          from looked_through
        )
        and pieces(folded_question, 1) @> (select pieces from sought)
        and ${holds} and ${isIn(sql, list.status, now)}
        ${list.after ? sql`and poll_id < ${list.after}::uuid` : sql``}
    )
    select poll_id from looked_through where holds
    union
    select poll_id from found
    order by poll_id desc
    limit ${list.limit}::integer`;
}

/**
 * Polls with their counts, newest first, as one snapshot. Their ids are UUIDs of version 7, which sort by time.
 *
 * @param now milliseconds since 1970: the status is a matter of time
 */
export async function listPolls(sql: AnySql, list: PollList, now: number): Promise<Poll[]> {
  const at = new Date(now);
  const ids = list.text
    ? holding(sql, list, at)
    : sql`select poll_id from polls ${newest(sql, list, at, list.limit)}`;
  const found = await readPolls(sql, sql`array(${ids})`, now);
  return found.map(({ poll }) => poll);
}
