import { wallClockMs } from '../clock.ts';
import type { Poll } from '../domain/poll.ts';
import type { AnySql, Sql } from './client.ts';
import { type Drift, findDrift } from './findDrift.ts';
import { findPoll } from './findPoll.ts';
import { inLongTransaction } from './limits.ts';

export interface Rebuilt {
  before: Poll;
  after: Poll;
  /** What was wrong, and is right now. */
  drift: Drift[];
}

/** Held until the transaction ends: two rebuildings of one poll would both add what is missing. */
const LOCK = 5_004_712;

/**
 * Sets a poll's tallies to what its votes add up to, and raises its version if that changes them.
 *
 * Counting goes on meanwhile: it moves votes and tallies by the same, so what is missing stays what it was, and is
 * added at the end in a statement of a millisecond. While votes are looked through, which may take minutes, nothing
 * of the poll is locked.
 *
 * @returns undefined if there is no such poll
 */
export function rebuildTallies(sql: Sql, pollId: string): Promise<Rebuilt | undefined> {
  return inLongTransaction(sql, async (tx) => {
    await tx`select pg_advisory_xact_lock(${LOCK}::integer, hashtext(${pollId}))`;
    const before = await findPoll(tx, pollId, wallClockMs());
    const drift = await findDrift(tx, pollId);
    await addWhatIsMissing(tx, drift);
    const after = await findPoll(tx, pollId, wallClockMs());
    return before && after && { before, after, drift };
  });
}

async function addWhatIsMissing(tx: AnySql, drift: Drift[]): Promise<void> {
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
