import type { Place } from '../kafka/producer.ts';
import type { AnySql } from './client.ts';

/** Whether each of these records of `votes` has been set aside and sent again, by where it stood. */
export async function findRedriven(sql: AnySql, places: Place[]): Promise<boolean[]> {
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
