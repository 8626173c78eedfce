import type { Poll, PollStatus } from '../domain/poll.ts';
import type { AnySql } from './client.ts';
import { readPolls } from './findPoll.ts';

export interface PollList {
  status: PollStatus | 'all';
  /** Part of the question, however it is typed (see `fold_text`); empty for all polls. */
  text: string;
  /** Only polls older than this one. */
  after: string | undefined;
  limit: number;
}

/** Mirrors `pollStatus`: the end precedes the start, and a poll with a future reopening is closing. The
 * planner cannot know that final polls have ended; `not is_final` lets it skip them in the index. */
function isIn(sql: AnySql, status: PollList['status'], now: Date) {
  switch (status) {
    case 'all':
      return sql`true`;
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

function newest(sql: AnySql, { status, after }: PollList, now: Date, limit: number) {
  return sql`
    where is_listed and ${isIn(sql, status, now)} ${after ? sql`and poll_id < ${after}::uuid` : sql``}
    order by poll_id desc
    limit ${limit}::integer`;
}

/** This many polls are scanned before the index is used, in 3 ms. The index finds every match, and checking
 * 100,000 of them takes 100 ms; but a text that common is found quickly by scanning. */
const LOOK_THROUGH = 5_000;
/** Each piece costs an index lookup, and more pieces exclude no further polls. */
const MAX_PIECES = 12;

/** Finds polls that contain the text. The index finds candidates by pieces of up to three characters;
 * `strpos` confirms them. */
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
      from fold_text(${list.text}) as text
    ), looked_through as materialized (
      -- A join could read all questions if the planner finds it cheaper.
      select poll_id, (select ${holds} from questions where poll_key = polls.poll_key) as holds
      from polls ${newest(sql, list, now, LOOK_THROUGH)}
    ), found as materialized (
      select poll_id from polls join questions using (poll_key)
      where (
          -- Evaluated once, before the index is used.
          select count(*) = ${LOOK_THROUGH}::integer and count(*) filter (where holds) < ${list.limit}::integer
          from looked_through
        )
        and pieces(folded_question, 1) @> (select pieces from sought)
        and ${holds} and is_listed and ${isIn(sql, list.status, now)}
        ${list.after ? sql`and poll_id < ${list.after}::uuid` : sql``}
    )
    select poll_id from looked_through where holds
    union
    select poll_id from found
    order by poll_id desc
    limit ${list.limit}::integer`;
}

/** Lists polls with their counts, newest first (UUIDv7 sorts by time), as one snapshot.
 * @param now see `databaseNow`; determines the status */
export async function listPolls(sql: AnySql, list: PollList, now: number): Promise<Poll[]> {
  const at = new Date(now);
  const ids = list.text
    ? holding(sql, list, at)
    : sql`select poll_id from polls ${newest(sql, list, at, list.limit)}`;
  const found = await readPolls(sql, sql`array(${ids})`, now);
  return found.map(({ poll }) => poll);
}
