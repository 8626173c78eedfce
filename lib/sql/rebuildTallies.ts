import type { Poll } from '../domain/poll.ts';
import type { AnySql, Sql } from './client.ts';
import { type Drift, findDrift } from './findDrift.ts';
import { findPoll } from './findPoll.ts';

export interface Rebuilt {
  before: Poll;
  after: Poll;
  /** What was wrong, and is right now. */
  drift: Drift[];
}

/**
 * Sets a poll's tallies to what its votes add up to, and raises its version if that changes them.
 *
 * Counting goes on in other polls, and in this one as soon as it is done: its tallies are locked in the order in
 * which counting locks them. Whoever has stored votes of this poll by then and not yet moved its tallies waits,
 * has not committed, and adds to what is set here; all others' votes are seen.
 *
 * @returns undefined if there is no such poll
 */
export function rebuildTallies(sql: Sql, pollId: string): Promise<Rebuilt | undefined> {
  return sql.begin(async (tx) => {
    await tx`
      select from tallies
      where poll_key = (select poll_key from polls where poll_id = ${pollId}::uuid)
      order by position for no key update`;
    const before = await findPoll(tx, pollId, Date.now());
    const drift = await findDrift(tx, pollId);
    await setTallies(tx, drift);
    const after = await findPoll(tx, pollId, Date.now());
    return before && after && { before, after, drift };
  });
}

async function setTallies(tx: AnySql, drift: Drift[]): Promise<void> {
  const rows = drift.map(({ poll_id, position, counted }) => ({ poll_id, position, ...counted }));
  await tx`
    update tallies
    set votes = right_one.votes, ballots = right_one.ballots, moves = moves + 1, is_stale = on_board
    from jsonb_to_recordset(${tx.json(rows)})
        as right_one (poll_id uuid, position smallint, votes bigint, ballots bigint)
      join polls using (poll_id)
    where tallies.poll_key = polls.poll_key and tallies.position = right_one.position`;
}
