import type { AnySql } from '../../lib/sql/client.ts';

/** Ends when somebody in this database waits for a lock. */
export async function untilSomebodyWaits(sql: AnySql): Promise<void> {
  const waiting = () => sql`
    select from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`;
  while ((await waiting()).length === 0);
}
