import { until } from '../../../lib/concurrency/deadline.ts';
import type { AnySql } from '../../../lib/sql/client.ts';

const WITHIN_MS = 30_000;

/** Resolves when a session of this database waits for a lock. */
export function untilLockIsAwaited(sql: AnySql): Promise<void> {
  return until(async () => {
    const waiting = await sql`
      select from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`;
    if (waiting.length === 0) throw new Error('No session waits for a lock.');
  }, WITHIN_MS);
}
