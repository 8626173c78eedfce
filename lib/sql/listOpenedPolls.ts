import type { AnySql } from './client.ts';

export const OPENINGS_PAGE = 1_000;

/** Where one has got to in the order of openings. */
export interface Opening {
  /** As Postgres writes a time, down to the microsecond. */
  opensAt: string;
  pollId: string;
}

const FIRST_ID = '00000000-0000-0000-0000-000000000000';

/** @param time milliseconds since 1970 */
export function openingsAfter(time: number): Opening {
  return { opensAt: new Date(time).toISOString(), pollId: FIRST_ID };
}

/** The first polls whose `opens_at` has come in between, `OPENINGS_PAGE` at most: no version tells of that.
 * @param until milliseconds since 1970; still belongs to it */
export async function listOpenedPolls(sql: AnySql, after: Opening, until: number): Promise<Opening[]> {
  return sql<Opening[]>`
    select opens_at::text as "opensAt", poll_id as "pollId" from polls
    where opens_at >= ${after.opensAt}::timestamptz
      and (opens_at, poll_id) > (${after.opensAt}::timestamptz, ${after.pollId}::uuid)
      and opens_at <= ${new Date(until)} and not is_final
    order by opens_at, poll_id limit ${OPENINGS_PAGE}::integer`;
}
