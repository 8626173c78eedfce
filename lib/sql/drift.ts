import type { Poll } from '../domain/poll.ts';
import type { AnySql, Sql } from './client.ts';
import { textArray } from './columns.ts';
import { findPoll } from './findPoll.ts';
import { inLongTransaction } from './limits.ts';

/** An option whose tally differs from its votes. */
export interface Drift {
  poll_id: string;
  position: number;
  tallied: { votes: number; ballots: number };
  counted: { votes: number; ballots: number };
}

/** Recounts stored votes and compares them with the tallies in one snapshot, so counting can go on. Without a
 * list of polls it reads the whole table, about a second per million votes. */
export async function findDrift(sql: AnySql, pollIds?: string[]): Promise<Drift[]> {
  const ofPoll = pollIds
    ? sql`poll_key = any(array(select poll_key from polls where poll_id = any(${textArray(pollIds)}::text[]::uuid[])))`
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

export interface Rebuilt {
  before: Poll;
  after: Poll;
  /** The differences that were repaired. */
  drift: Drift[];
}

/** Held until the transaction ends: two concurrent rebuilds would both add the difference. */
const LOCK = 5_004_712;

/** Sets a poll's tallies to the sum of its votes and raises its version if they change. Counting goes on: it
 * changes votes and tallies alike, so the difference stays the same and is added at the end in a statement of
 * a millisecond. Reading the votes can take minutes and locks nothing of the poll.
 * @returns undefined if there is no such poll */
export function rebuildTallies(sql: Sql, pollId: string): Promise<Rebuilt | undefined> {
  return inLongTransaction(sql, async (tx) => {
    await tx`select pg_advisory_xact_lock(${LOCK}::integer, hashtext(${pollId}))`;
    const before = await findPoll(tx, pollId);
    const drift = await findDrift(tx, [pollId]);
    await addDifference(tx, drift);
    const after = await findPoll(tx, pollId);
    return before && after && { before, after, drift };
  });
}

async function addDifference(tx: AnySql, drift: Drift[]): Promise<void> {
  const rows = drift.map(({ poll_id, position, tallied, counted }) => ({
    poll_id,
    position,
    votes: counted.votes - tallied.votes,
    ballots: counted.ballots - tallied.ballots,
  }));
  await tx`
    with missing as materialized (
      select poll_key, position, given.votes, given.ballots
      from jsonb_to_recordset(${tx.json(rows)})
          as given (poll_id uuid, position smallint, votes bigint, ballots bigint)
        join polls using (poll_id) join tallies using (poll_key, position)
      order by poll_key, position for no key update of tallies
    )
    update tallies
    set votes = tallies.votes + missing.votes, ballots = tallies.ballots + missing.ballots, moves = moves + 1,
      is_stale = on_board
    from missing
    where tallies.poll_key = missing.poll_key and tallies.position = missing.position`;
}

/** Recounts all stored votes.
 * @param repair also corrects the tallies, one poll at a time
 * @param onRepair reports progress in polls
 * @returns the differences */
export async function reconcile(
  sql: Sql,
  repair: boolean,
  onRepair: (done: number, of: number) => void = () => {},
): Promise<Drift[]> {
  const drift = await inLongTransaction(sql, (tx) => findDrift(tx));
  if (!repair) return drift;
  const polls = [...new Set(drift.map(({ poll_id }) => poll_id))];
  for (const [at, pollId] of polls.entries()) {
    await rebuildTallies(sql, pollId);
    onRepair(at + 1, polls.length);
  }
  return drift;
}
