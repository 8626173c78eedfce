import { LEAD_MS } from '../domain/votingTimes.ts';
import type { Sql } from './client.ts';

/** Has the fan-out told of polls whose state has changed. Whoever dies between telling and noting it tells again.
 * A change of times that comes into force within moments is told then; one that concerns only an end further ahead,
 * at once.
 * @param announce is given UUIDs, and throws if it could not tell
 * @param now milliseconds since 1970 */
export async function announceStates(
  sql: Sql,
  announce: (pollIds: string[]) => Promise<void>,
  now: number,
): Promise<void> {
  const polls = await sql<{ poll_id: string; state_version: number }[]>`
    select poll_id, state_version from polls
    where announced_version < state_version
      and (windows_from > ${new Date(now)} and windows_from <= ${new Date(now + LEAD_MS)}) is not true
    order by poll_key`;
  if (polls.length === 0) return;
  await announce(polls.map(({ poll_id }) => poll_id));
  await sql`
    update polls set announced_version = told.state_version
    from jsonb_to_recordset(${sql.json([...polls])}) as told (poll_id uuid, state_version bigint)
    where polls.poll_id = told.poll_id and announced_version < told.state_version`;
}
