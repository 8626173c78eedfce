import type { AnySql } from './client.ts';

/** An option whose tally is not what its votes add up to. */
export interface Drift {
  poll_id: string;
  position: number;
  tallied: { votes: number; ballots: number };
  counted: { votes: number; ballots: number };
}

/** Counts stored votes again and compares, as one snapshot, so counting may go on meanwhile. Without a poll it reads
 * the whole table: a million votes take about a second.
 * @param pollId this poll's alone */
export async function findDrift(sql: AnySql, pollId?: string): Promise<Drift[]> {
  const ofPoll = pollId
    ? sql`poll_key = (select poll_key from polls where poll_id = ${pollId}::uuid)`
    : sql`true`;
  const drift = await sql<Drift[]>`
    with cast_choices as (
      select poll_key, choices, count(*) as ballots from votes where choices <> 0 and ${ofPoll}
      group by poll_key, choices
    ), counted as (
      select
        poll_key, position::smallint as position, sum(ballots) as votes,
        coalesce(sum(ballots) filter (where choices & -choices = 1::bigint << position), 0) as ballots
      from cast_choices cross join generate_series(0, 49) as position
      where choices & (1::bigint << position) <> 0
      group by poll_key, position
    )
    select
      poll_id, position,
      jsonb_build_object('votes', tallies.votes, 'ballots', tallies.ballots) as tallied,
      jsonb_build_object('votes', coalesce(counted.votes, 0), 'ballots', coalesce(counted.ballots, 0)) as counted
    from tallies left join counted using (poll_key, position)
    where ${ofPoll}
      and (tallies.votes, tallies.ballots) <> (coalesce(counted.votes, 0), coalesce(counted.ballots, 0))
    order by poll_id, position`;
  return [...drift];
}
