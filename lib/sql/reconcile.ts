import type { Sql } from './client.ts';
import { type Drift, findDrift } from './findDrift.ts';
import { inLongTransaction } from './limits.ts';
import { rebuildTallies } from './rebuildTallies.ts';

/**
 * Counts all stored votes again and compares.
 *
 * @param repair sets the tallies right as well, a poll at a time
 * @param onRepair is told how many polls of how many are done
 * @returns what differed
 */
export async function reconcile(
  sql: Sql,
  repair: boolean,
  onRepair: (done: number, of: number) => void = () => {},
): Promise<Drift[]> {
  const drift = await inLongTransaction(sql, findDrift);
  if (!repair) return drift;
  const polls = [...new Set(drift.map(({ poll_id }) => poll_id))];
  for (const [at, pollId] of polls.entries()) {
    await rebuildTallies(sql, pollId);
    onRepair(at + 1, polls.length);
  }
  return drift;
}
