import { type VotingWindow, versionByTime } from '../domain/poll.ts';
import { type Micros, type Millis, toMillis } from '../domain/units.ts';
import type { AnySql } from './client.ts';

/** A `text[]` literal. Without it, the client queries the array types on every new connection: one more round
 * trip per cold start. */
export function textArray(values: string[]): string {
  return `{${values.map((value) => `"${value.replace(/["\\]/g, '\\$&')}"`).join(',')}}`;
}

/** Null is the distant past. */
export const microsToMs = (column: Micros | null): Millis => toMillis(column ?? 0);

/** A range of `polls.windows` as JSON: lower bound (null if unbounded) and upper bound. */
export type WindowRow = [string | null, string];

/** SQL for the current row's `windows`; read the result with `toWindows`. */
export function jsonWindows(sql: AnySql) {
  // An exclusive lower bound marks an empty window, see `windowsLiteral`.
  return sql`(
    select jsonb_agg(
      jsonb_build_array(case when lower_inc(one) or lower_inf(one) then lower(one) else upper(one) end, upper(one))
      order by one
    )
    from unnest(windows) as one
  )`;
}

export function toWindows(rows: WindowRow[]): VotingWindow[] {
  return rows.map(([start, end]) => ({
    start: start === null ? Number.NEGATIVE_INFINITY : Date.parse(start),
    end: Date.parse(end),
  }));
}

/** The columns of `polls` that `stateVersionAt` needs. */
export interface StateRow {
  state_version: number;
  created_at: Date;
  is_closed: boolean;
}

/** The part of a poll's version that counting does not change: what owners and the schedule have stored, and what time
 * has changed by `now`, in milliseconds since 1970. */
export const stateVersionAt = (row: StateRow, windows: VotingWindow[], now: number): number =>
  row.state_version + versionByTime(windows, row.created_at.getTime(), row.is_closed, now);

/** Windows as a multirange literal. Postgres drops empty ranges, and with them the end of voting, so an empty
 * window is written as the gap between two microseconds, where no ballot can be. */
export function windowsLiteral(windows: VotingWindow[]): string {
  const iso = (time: number) => new Date(time).toISOString();
  const ranges = windows.map(({ start, end }) => {
    if (start === end) return `(${iso(end - 1).replace('Z', '999Z')},${iso(end)})`;
    return `[${start === Number.NEGATIVE_INFINITY ? '' : iso(start)},${iso(end)})`;
  });
  return `{${ranges.join()}}`;
}
