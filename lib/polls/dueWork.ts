import { setTimeout as delay } from 'node:timers/promises';
import { monotonicMs } from '../clock.ts';
import { wakeTheseShards } from '../kafka/announcePolls.ts';
import { createParts } from '../outages.ts';
import type { Sql } from '../sql/client.ts';
import type { Database } from '../sql/database.ts';
import { listDueShards } from '../sql/dueShards.ts';
import type { Opening } from '../sql/pollEnds.ts';
import { sendDueAttempts } from '../webhooks/attempts.ts';
import { announceChanges, announceOpenings } from './announceChanges.ts';
import { type ClosingDeps, closePolls, makeResultsFinal } from './closePolls.ts';

// The maximum delay of opening and closing messages. A look without news takes Postgres 1 ms.
const LOOK_EVERY_MS = 500;
// Spares a server that is restarting.
const PAUSE_AFTER_FAULT_MS = 2_000;
// Limits each part to about 30,000 polls, so that one large backlog does not starve the other parts.
const PART_MS = 3_000;
/** A part checks the time only between pages. */
const PART_TIMEOUT_MS = 2 * PART_MS;

export interface DueWorkDeps extends Omit<ClosingDeps, 'sql'> {
  database: Database;
}

/** Does time-driven work when it is due: announces openings and closings, makes results final, wakes the
 * shards with viewers who missed a message, and sends webhooks. Looks repeatedly within one invocation,
 * because a schedule alone is up to a minute late and many live polls last half a minute.
 * @param until on the monotonic clock; no look begins after it
 * @returns the number of polls that still wait for final results
 * @throws the first error of the last look; later looks made up for earlier errors */
export async function runDueWork(deps: DueWorkDeps, until: number): Promise<number> {
  const opening = {};
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
  opening: { last?: Opening },
): Promise<{ waiting: number; faults: unknown[] }> {
  const { database, producer, kafka } = deps;
  const shards = kafka.standingsPartitions;
  const { attempt, faults } = createParts(PART_MS);
  const part = (what: string, work: (sql: Sql, by: number) => Promise<void>) =>
    attempt(what, (by) => database.run((sql) => work(sql, by), PART_TIMEOUT_MS));
  let waiting = 0;

  await part('Announcing openings', (sql, by) => announceOpenings(sql, producer, shards, opening, by));
  await part('Closing polls', (sql, by) => closePolls({ ...deps, sql }, by));
  await part('Announcing changes', (sql, by) => announceChanges(sql, producer, shards, by));
  await part('Making results final', async (sql, by) => {
    waiting = await makeResultsFinal({ ...deps, sql }, by);
  });
  await part('Announcing results', (sql, by) => announceChanges(sql, producer, shards, by));
  await part('Waking due shards', async (sql) => wakeTheseShards(producer, await listDueShards(sql, shards)));
  await part('Handing out webhooks', (sql, by) => sendDueAttempts(sql, producer, by));
  return { waiting, faults };
}
