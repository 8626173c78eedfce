import { setTimeout as delay } from 'node:timers/promises';
import type { Sql } from '../../../lib/sql/client.ts';

const LOOK_EVERY_MS = 20;
const GIVE_UP_AFTER_MS = 120_000;

/** Waits until all of a poll's votes are counted.
 * @throws when there are more, or not enough in two minutes */
export async function untilCounted(sql: Sql, pollId: string, votes: number): Promise<void> {
  const giveUpAt = Date.now() + GIVE_UP_AFTER_MS;
  for (;;) {
    const [row] = await sql<[{ counted: number }]>`
      select sum(ballots)::bigint as counted from tallies where poll_id = ${pollId}::uuid`;
    if (row.counted === votes) return;
    if (row.counted > votes || Date.now() > giveUpAt) {
      throw new Error(`${row.counted} votes were counted of ${votes}.`);
    }
    await delay(LOOK_EVERY_MS);
  }
}
