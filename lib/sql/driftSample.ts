import type { AnySql } from './client.ts';
import { type Drift, findDrift } from './drift.ts';

/** Of the newest polls, and as many from a random place: faults of counting appear where people vote now. */
const POLLS = 20;
/** About 0.2 s of the server. Larger polls are for `npm run reconcile`, which reads all. */
const MAX_BALLOTS = 200_000;

export interface DriftSample {
  /** How many polls were recounted. */
  polls: number;
  drift: Drift[];
}

/** Recounts some polls at a bounded cost: no drift here is a hint, not a proof. */
export async function sampleDrift(sql: AnySql): Promise<DriftSample> {
  const rows = await sql<{ poll_id: string }[]>`
    with place as materialized (
      select (random() * max(poll_key))::integer as poll_key from polls
    ), chosen as (
      (select poll_key from polls order by poll_key desc limit ${POLLS}::integer)
      union
      (select poll_key from polls where poll_key >= (select poll_key from place)
      order by poll_key limit ${POLLS}::integer)
    ), sized as (
      select poll_key, sum(sum(ballots)) over (order by sum(ballots), poll_key) as ballots_so_far
      from chosen join tallies using (poll_key) group by poll_key
    )
    select poll_id from sized join polls using (poll_key)
    where ballots_so_far <= ${MAX_BALLOTS}::bigint order by poll_id`;
  const pollIds = rows.map(({ poll_id }) => poll_id);
  const drift = pollIds.length === 0 ? [] : await findDrift(sql, pollIds);
  return { polls: pollIds.length, drift };
}
