import type { VotingWindow } from '../domain/poll.ts';
import type { AnySql } from './client.ts';

/** A `text[]` as Postgres reads it. The client would have to ask each new connection for the types of arrays to
 * do this by itself: one more round trip at every cold start. */
export function textArray(values: string[]): string {
  return `{${values.map((value) => `"${value.replace(/["\\]/g, '\\$&')}"`).join(',')}}`;
}

/** A range of `polls.windows` as JSON: lower end (null: none) and upper end. */
export type WindowRow = [string | null, string];

/** SQL for the `windows` of the row at hand, to be read with `toWindows`. */
export function jsonWindows(sql: AnySql) {
  // An excluded lower end is that of an empty window, see `windowsLiteral`.
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

/** Windows as Postgres reads them, a multirange. One that is empty must not be so to Postgres, which would drop
 * it, and with it the end of voting: it lies between two microseconds, where no ballot can be. */
export function windowsLiteral(windows: VotingWindow[]): string {
  const iso = (time: number) => new Date(time).toISOString();
  const ranges = windows.map(({ start, end }) => {
    if (start === end) return `(${iso(end - 1).replace('Z', '999Z')},${iso(end)})`;
    return `[${start === Number.NEGATIVE_INFINITY ? '' : iso(start)},${iso(end)})`;
  });
  return `{${ranges.join()}}`;
}
