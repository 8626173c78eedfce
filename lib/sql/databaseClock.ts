import { setTimeout as delay } from 'node:timers/promises';
import { monotonicMs } from '../clock.ts';
import type { AnySql } from './client.ts';

/** SQL for PostgreSQL's current time in milliseconds since 1970, rounded down so that it is never ahead. Not `now()`,
 * which is the start of a transaction. */
export const presentMs = (sql: AnySql) => sql`floor(extract(epoch from clock_timestamp()) * 1000)::bigint`;

/** PostgreSQL's current time in milliseconds since 1970. Decisions that concern all machines use this clock. If each
 * machine used its own, one that is ahead would close polls early for everybody. */
export async function databaseNow(sql: AnySql): Promise<number> {
  const [row] = await sql<[{ now: number }]>`select ${presentMs(sql)} as now`;
  return row.now;
}

export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Resolves at or after that moment. Setting the clock back does not delay it. */
  until(moment: number): Promise<void>;
}

/** PostgreSQL's clock, read once; from then on its time advances by the monotonic clock. It is behind by the time that
 * the response took, and never ahead. */
export async function databaseClock(sql: AnySql): Promise<Clock> {
  const read = await databaseNow(sql);
  const readAt = monotonicMs();
  const now = () => read + monotonicMs() - readAt;
  return {
    // Whole, like other times since 1970.
    now: () => Math.floor(now()),
    async until(moment) {
      // Timers can fire a millisecond early.
      while (now() < moment) await delay(moment - now());
    },
  };
}
