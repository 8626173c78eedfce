import { setTimeout as delay } from 'node:timers/promises';
import { announcePolls } from '../kafka/announcePolls.ts';
import { log } from '../log.ts';
import { unavailableIfAway } from '../sql/answered.ts';
import { listOpenedPolls } from '../sql/listOpenedPolls.ts';
import { sendDueTries } from '../webhooks/sendDueTries.ts';
import { type ClosingMeans, closePolls } from './closePolls.ts';

// So late at most do viewers hear that a poll has opened or ended. A look at nothing new takes Postgres 1 ms.
const LOOK_EVERY_MS = 500;
// For a server that is started again, so that the log does not fill meanwhile.
const PAUSE_AFTER_FAULT_MS = 2_000;
// Openings of so long before are told once more, in case nobody looked meanwhile: who knows is not told again.
const LOOK_BACK_MS = 60_000;

/**
 * Does what only time brings about when it is due: has viewers told of polls that open or end, makes results
 * final, and sends webhooks. A schedule alone would be up to a minute late, and half a minute is all that many live
 * polls last.
 *
 * @param until milliseconds since 1970; no look begins after it
 * @returns how many polls still wait for their results to become final
 * @throws what the last look threw; earlier ones were made good by it
 */
export async function keepTime(means: ClosingMeans, until: number): Promise<number> {
  let before = Date.now() - LOOK_BACK_MS;
  for (;;) {
    const now = Date.now();
    let pauseMs = LOOK_EVERY_MS;
    try {
      const waiting = await look(means, before, now);
      if (Date.now() + pauseMs > until) return waiting;
      before = now;
    } catch (error) {
      pauseMs = PAUSE_AFTER_FAULT_MS;
      if (Date.now() + pauseMs > until) throw error;
      log.warn('What is due by time is tried again.', { error: unavailableIfAway(error) });
    }
    await delay(pauseMs);
  }
}

async function look(means: ClosingMeans, before: number, now: number): Promise<number> {
  const { sql, producer, kafka } = means;
  const opened = await listOpenedPolls(sql, before, now);
  await announcePolls(producer, kafka.standingsPartitions, opened);
  const waiting = await closePolls(means);
  await sendDueTries(sql, producer);
  return waiting;
}
