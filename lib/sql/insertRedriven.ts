import type { Place } from '../kafka/producer.ts';
import type { AnySql } from './client.ts';

/** Notes that these records, which had been set aside, were sent again. */
export async function insertRedriven(tx: AnySql, places: Place[]): Promise<void> {
  await tx`
    insert into redriven_votes (append_time, partition, log_offset)
    select "appendTime", partition, "offset"
    from jsonb_to_recordset(${tx.json(places.map((place) => ({ ...place })))})
      as given ("appendTime" bigint, partition integer, "offset" bigint)`;
}
