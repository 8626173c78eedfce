import type { AnySql } from './client.ts';
import { type Drift, findDrift } from './drift.ts';

/** This many of the newest polls are recounted, and as many from a random place: counting faults appear where people
 * vote now. */
const POLLS = 20;
/** The maximum number of rows in `votes` that are read, withdrawn votes included. They take about 0.2 s of the server.
 * Only `npm run reconcile` recounts larger polls. */
export const MAX_SAMPLED_VOTES = 200_000;

export interface DriftSample {
  /** How many polls were recounted. */
  polls: number;
  drift: Drift[];
}

/** Recounts some polls at a bounded cost: no drift here is a hint, not a proof. */
export async function sampleDrift(sql: AnySql): Promise<DriftSample> {
  const rows = await sql<{ poll_id: string }[]>`
    with recursive place as materialized (
      select (random() * max(poll_key))::integer as poll_key from polls
    ), chosen as (
      (select poll_key from polls order by poll_key desc limit ${POLLS}::integer)
      union
      (select poll_key from polls where poll_key >= (select poll_key from place)
      order by poll_key limit ${POLLS}::integer)
    ), ranked as materialized (
      -- No tally contains withdrawn votes, so the ballots only tell which polls are likely to be small.
      select poll_key, row_number() over (order by sum(ballots), poll_key) as rank
      from chosen join tallies using (poll_key) group by poll_key
    ), sized as (
      select 0::bigint as rank, null::integer as poll_key, false as fits, ${MAX_SAMPLED_VOTES}::bigint as votes_left
      union all
      -- A poll may take half of what is left, so that a large one leaves something for the others.
      select ranked.rank, ranked.poll_key, votes <= votes_left / 2, votes_left - votes
      from sized join ranked on ranked.rank = sized.rank + 1
      cross join lateral (
        select count(*) as votes from (
          -- In index order; otherwise the planner may scan the whole table when one poll has most of the votes.
          select from votes where votes.poll_key = ranked.poll_key
          order by voter_key limit sized.votes_left / 2 + 1
        ) as bounded
      ) as counted
      where votes_left > 0
    )
    select poll_id from sized join polls using (poll_key) where fits order by poll_id`;
  const pollIds = rows.map(({ poll_id }) => poll_id);
  const drift = pollIds.length === 0 ? [] : await findDrift(sql, pollIds);
  return { polls: pollIds.length, drift };
}
