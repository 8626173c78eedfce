import type { Ballot } from '../domain/ballot.ts';
import type { RecordPosition } from '../kafka/producer.ts';
import type { AnySql } from './client.ts';
import { textArray } from './columns.ts';

/** Returns for each record, by its place in `votes`, whether it was redriven from the dead letters. */
export async function findRedriven(sql: AnySql, places: RecordPosition[]): Promise<boolean[]> {
  const rows = await sql<{ is_redriven: boolean }[]>`
    select redriven_votes.append_time is not null as is_redriven
    from rows from (
      jsonb_to_recordset(${sql.json(places.map((place) => ({ ...place })))})
        as ("appendTime" bigint, partition integer, "offset" bigint)
    ) with ordinality as given (append_time, partition, log_offset, number)
    left join redriven_votes using (append_time, partition, log_offset)
    order by number`;
  return rows.map(({ is_redriven }) => is_redriven);
}

/** Marks dead-letter records as redriven. */
export async function insertRedriven(tx: AnySql, places: RecordPosition[]): Promise<void> {
  await tx`
    insert into redriven_votes (append_time, partition, log_offset)
    select "appendTime", partition, "offset"
    from jsonb_to_recordset(${tx.json(places.map((place) => ({ ...place })))})
      as given ("appendTime" bigint, partition integer, "offset" bigint)`;
}

/** Returns for each ballot whether it was accepted in time for a poll that has since ended. Counting it now
 * could change final results.
 * @param now see `databaseNow` */
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

/** Returns the polls that never existed in this database, as far back as the log can reach.
 * @param pollIds 32 hex digits each */
export async function findUnknownPolls(sql: AnySql, pollIds: string[]): Promise<string[]> {
  const unknown = await sql<{ poll_id: string }[]>`
    select replace(poll_id::text, '-', '') as poll_id
    from unnest(${textArray(pollIds)}::text::uuid[]) as given (poll_id)
    where not exists (select from polls where polls.poll_id = given.poll_id)
      and not exists (select from deleted_polls where deleted_polls.poll_id = given.poll_id)
      and not exists (select from former_polls where former_polls.poll_id = given.poll_id)`;
  return unknown.map(({ poll_id }) => poll_id);
}
