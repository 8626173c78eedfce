import type { AnySql } from './client.ts';

/** SQL for polls that have ended so long ago that nothing more can come in time, and whose results are not final. */
export function areResultsDue(sql: AnySql, graceMs: number, now: number) {
  return sql`not is_final and is_closed and upper(windows) < ${new Date(now - graceMs)}`;
}

/** Whether there are such polls.
 * @param now milliseconds since 1970 */
export async function someResultsAreDue(sql: AnySql, graceMs: number, now: number): Promise<boolean> {
  const [row] = await sql<[{ are_due: boolean }]>`
    select exists (select from polls where ${areResultsDue(sql, graceMs, now)}) as are_due`;
  return row.are_due;
}
