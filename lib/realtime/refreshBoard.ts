import { createThrottle } from '../concurrency/pacing.ts';
import { outages } from '../outages.ts';
import { refreshBoard } from '../sql/boards.ts';
import type { Database } from '../sql/database.ts';

/** Refreshing costs about 1 µs per row that changed since the last time. */
const EVERY_MS = 1_000;

/** Returns a function that updates the leaderboard's index at most once a second. It never throws: a failure is logged,
 * and the leaderboard is correct without the update. */
export function createBoardRefresh(database: Database): () => Promise<void> {
  const throttle = createThrottle(EVERY_MS);
  return async () => {
    if (!throttle.isDue()) return;
    await outages.watch('Refreshing the leaderboard', () => database.run(refreshBoard)).catch(() => {});
  };
}
