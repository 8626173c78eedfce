import type { Mark } from '../domain/closing.ts';
import type { LogPosition } from '../domain/voteStatus.ts';
import type { AnySql } from './client.ts';
import { jsonWindows, type WindowRow } from './columns.ts';

export interface PollInternals {
  windows: WindowRow[];
  /** The part of the version that counting does not change, and the one last announced to viewers. */
  stateVersion: number;
  announcedVersion: number;
  /** Rows in `votes`, including withdrawals. */
  votes: number;
  withdrawals: number;
  /** See `drawMark`. */
  finalMark: number | null;
  /** Counting progress per partition of the topic `votes`. */
  progress: ({ partition: number; mark: Mark } & LogPosition)[];
}

/** Reads a poll's internal state for operators. Counts all of its votes. */
export async function inspectPoll(sql: AnySql, pollId: string): Promise<PollInternals | undefined> {
  const [row] = await sql<PollInternals[]>`
    select
      ${jsonWindows(sql)} as windows,
      state_version as "stateVersion", votes, withdrawals, final_mark as "finalMark",
      coalesce(
        (select announced_version from unannounced_polls where poll_key = polls.poll_key), state_version
      ) as "announcedVersion",
      (
        select coalesce(json_agg(
          json_build_object(
            'partition', partition, 'appendTime', append_time, 'offset', log_offset,
            'mark', json_build_object('number', mark, 'appendTime', marked_at)
          )
          order by partition
        ), '[]')
        from partition_progress
      ) as progress
    from polls cross join lateral (
      select count(*) as votes, count(*) filter (where choices = 0) as withdrawals
      from votes where poll_key = polls.poll_key
    ) as stored
    where poll_id = ${pollId}::uuid`;
  return row;
}
