import type { Sql } from './client.ts';

/** Read, told and noted in some tens of milliseconds. */
export const STATES_PAGE = 1_000;

/** Has the fan-out told of the oldest polls whose state has changed. Whoever dies between telling and noting it tells again.
 * @param announce is given UUIDs, and throws if it could not tell
 * @returns how many there were, `STATES_PAGE` at most */
export async function announceStates(
  sql: Sql,
  announce: (pollIds: string[]) => Promise<void>,
): Promise<number> {
  const polls = await sql<{ poll_id: string; state_version: number }[]>`
    select poll_id, state_version from polls where announced_version < state_version order by poll_key
    limit ${STATES_PAGE}::integer`;
  if (polls.length === 0) return 0;
  await announce(polls.map(({ poll_id }) => poll_id));
  await sql`
    update polls set announced_version = told.state_version
    from jsonb_to_recordset(${sql.json([...polls])}) as told (poll_id uuid, state_version bigint)
    where polls.poll_id = told.poll_id and announced_version < told.state_version`;
  return polls.length;
}
