import type { AnySql, Sql } from './client.ts';

/** An option whose tally is not what its votes add up to. */
export interface Drift {
  poll_id: string;
  position: number;
  tallied: { votes: number; ballots: number };
  counted: { votes: number; ballots: number };
}

/**
 * Counts all stored votes again and compares, as one snapshot, so counting may go on meanwhile. Reads the whole
 * table: a million votes take about a second.
 *
 * @param repair sets the tallies right as well; counting waits until that is done
 * @returns what differed
 */
export function reconcile(sql: Sql, repair: boolean): Promise<Drift[]> {
  if (!repair) return findDrift(sql);
  return sql.begin(async (tx) => {
    // A batch that is counted between finding and repairing would be lost from the tallies.
    await tx`lock table votes, tallies in share row exclusive mode`;
    const drift = await findDrift(tx);
    await repairTallies(tx, drift);
    return drift;
  });
}

async function findDrift(sql: AnySql): Promise<Drift[]> {
  const drift = await sql<Drift[]>`
    with cast_choices as (
      select poll_key, choices, count(*) as ballots from votes where choices <> 0 group by poll_key, choices
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
    where (tallies.votes, tallies.ballots)
      <> (coalesce(counted.votes, 0), coalesce(counted.ballots, 0))
    order by poll_id, position`;
  return [...drift];
}

async function repairTallies(tx: AnySql, drift: Drift[]): Promise<void> {
  const rows = drift.map(({ poll_id, position, counted }) => ({ poll_id, position, ...counted }));
  await tx`
    update tallies
    set votes = right_one.votes, ballots = right_one.ballots, moves = moves + 1, is_stale = on_board
    from jsonb_to_recordset(${tx.json(rows)})
      as right_one (poll_id uuid, position smallint, votes bigint, ballots bigint)
    where tallies.poll_id = right_one.poll_id and tallies.position = right_one.position`;
}
