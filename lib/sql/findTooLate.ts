import type { Ballot } from '../kafka/ballotRecord.ts';
import type { AnySql } from './client.ts';

/** Whether each of these ballots was accepted in time and its poll has ended since: counting it now could change
 * results that are final.
 * @param now milliseconds since 1970 */
export async function findTooLate(
  sql: AnySql,
  ballots: Pick<Ballot, 'pollId' | 'acceptedAt'>[],
  now: number,
): Promise<boolean[]> {
  const given = ballots.map(({ pollId, acceptedAt }) => ({ pollId, acceptedAt }));
  const rows = await sql<{ is_too_late: boolean }[]>`
    select coalesce(
      upper(windows) <= ${new Date(now)}
        and windows @> (timestamptz 'epoch' + accepted_at * interval '1 microsecond'),
      false
    ) as is_too_late
    from rows from (
      jsonb_to_recordset(${sql.json(given)}) as ("pollId" uuid, "acceptedAt" bigint)
    ) with ordinality as ballot (poll_id, accepted_at, number)
    left join polls using (poll_id)
    order by number`;
  return rows.map(({ is_too_late }) => is_too_late);
}
