import type { PollRules } from '../domain/ballot.ts';
import type { AnySql } from './client.ts';
import { jsonWindows, toWindows, type WindowRow } from './windows.ts';

interface Row {
  max_choices: number;
  allow_change: boolean;
  is_closed: boolean;
  windows: WindowRow[];
  option_ids: string[];
}

/** What a ballot for this poll is checked against, or undefined if there is no such poll. */
export async function findPollRules(sql: AnySql, pollId: string): Promise<PollRules | undefined> {
  const [row] = await sql<Row[]>`
    select
      max_choices, allow_change, is_closed,
      ${jsonWindows(sql)} as windows,
      (select json_agg(option_id order by position) from options where poll_key = polls.poll_key) as option_ids
    from polls
    where poll_id = ${pollId}::uuid`;
  return (
    row && {
      windows: toWindows(row.windows),
      isClosed: row.is_closed,
      optionIds: row.option_ids,
      maxChoices: row.max_choices,
      allowChange: row.allow_change,
    }
  );
}
