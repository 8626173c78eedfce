import { setTimeout as delay } from 'node:timers/promises';
import { monotonicMs, wallClockMs } from '../clock.ts';
import { createParts } from '../outages.ts';
import type { Sql } from '../sql/client.ts';
import type { Database } from '../sql/database.ts';
import { type Opening, openingsAfter } from '../sql/pollEnds.ts';
import { sendDueAttempts } from '../webhooks/attempts.ts';
import { announceChanges, announceOpenings } from './announceChanges.ts';
import { type ClosingDeps, closePolls, makeResultsFinal } from './closePolls.ts';

// So late at most do viewers hear that a poll has opened or ended. A look at nothing new takes Postgres 1 ms.
const LOOK_EVERY_MS = 500;
// For a server that is started again, so that nobody asks it all the time.
const PAUSE_AFTER_FAULT_MS = 2_000;
// Openings of so long before are told once more, in case nobody looked meanwhile: who knows is not told again.
const LOOK_BACK_MS = 60_000;
// Each part takes so long at most, however much is due: some 30,000 polls. Its rest waits for the others.
const PART_MS = 3_000;
/** Between two looks at the time, a part works off a page. */
const PART_PATIENCE_MS = 2 * PART_MS;

/** What the schedule works with. */
export interface DueWorkDeps extends Omit<ClosingDeps, 'sql'> {
  database: Database;
}

/**
 * Does what only time brings about when it is due: has viewers told of polls that open or end, makes results
 * final, and sends webhooks. A schedule alone would be up to a minute late, and half a minute is all that many live
 * polls last.
 *
 * @param until of the monotonic clock; no look begins after it
 * @returns how many polls still wait for their results to become final
 * @throws what the last look met first; faults of earlier ones were made good by it
 */
export async function runDueWork(deps: DueWorkDeps, until: number): Promise<number> {
  const opening = { last: openingsAfter(wallClockMs() - LOOK_BACK_MS) };
  for (;;) {
    const { waiting, faults } = await look(deps, opening);
    const pauseMs = faults.length > 0 ? PAUSE_AFTER_FAULT_MS : LOOK_EVERY_MS;
    if (monotonicMs() + pauseMs > until) {
      if (faults.length > 0) throw faults[0];
      return waiting;
    }
    await delay(pauseMs);
  }
}

async function look(
  deps: DueWorkDeps,
  opening: { last: Opening },
): Promise<{ waiting: number; faults: unknown[] }> {
  const { database, producer, kafka } = deps;
  const shards = kafka.standingsPartitions;
  const { attempt, faults } = createParts(PART_MS);
  const part = (what: string, work: (sql: Sql, by: number) => Promise<void>) =>
    attempt(what, (by) => database.run((sql) => work(sql, by), PART_PATIENCE_MS));
  let waiting = 0;

  await part('Announcing openings', (sql, by) => announceOpenings(sql, producer, shards, opening, by));
  await part('Closing polls', (sql, by) => closePolls({ ...deps, sql }, by));
  await part('Announcing changes', (sql, by) => announceChanges(sql, producer, shards, by));
  await part('Making results final', async (sql, by) => {
    waiting = await makeResultsFinal({ ...deps, sql }, by);
  });
  await part('Announcing results', (sql, by) => announceChanges(sql, producer, shards, by));
  await part('Handing out webhooks', (sql, by) => sendDueAttempts(sql, producer, by));
  return { waiting, faults };
}
