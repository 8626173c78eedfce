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

/** By time, as `pollStatus` has it: the end goes before the start. A poll that is final has ended, which the
 * planner cannot know, and is told so that it passes none of them. */
function isIn(sql: AnySql, status: PollStatus, now: Date) {
  switch (status) {
    case 'scheduled':
      return sql`not is_final and upper(windows) > ${now} and opens_at > ${now}`;
    case 'open':
      return sql`not is_final and upper(windows) > ${now} and (opens_at is null or opens_at <= ${now})`;
    case 'closing':
      return sql`not is_final and upper(windows) <= ${now}`;
    case 'closed':
      return sql`is_final and upper(windows) <= ${now}`;
  }
}

/** Pieces of three characters, or of as many as there are, find the polls that may hold the text; comparing finds
 * those that do. */
function holds(sql: AnySql, text: string) {
  return sql`
    pieces(fold_case(question), 1) @> pieces(fold_case(${text}), least(3, length(fold_case(${text}))))
    and strpos(fold_case(question), fold_case(${text})) > 0`;
}

/**
 * Polls with their counts, newest first, as one snapshot. Their ids are UUIDs of version 7, which sort by time.
 *
 * @param now milliseconds since 1970: the status is a matter of time
 */
export async function listPolls(sql: AnySql, list: PollList, now: number): Promise<Poll[]> {
  const ids = sql`
    select poll_id from polls
    where ${isIn(sql, list.status, new Date(now))}
      ${list.text ? sql`and ${holds(sql, list.text)}` : sql``}
      ${list.after ? sql`and poll_id < ${list.after}::uuid` : sql``}
    order by poll_id desc
    limit ${list.limit}`;
  const found = await readPolls(sql, sql`array(${ids})`, now);
  return found.map(({ poll }) => poll);
}
