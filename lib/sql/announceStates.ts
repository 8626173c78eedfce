import type { Sql } from './client.ts';

/** Has the fan-out told of polls whose state has changed. Whoever dies between telling and noting it tells again.
 * @param announce is given UUIDs, and throws if it could not tell */
export async function announceStates(
  sql: Sql,
  announce: (pollIds: string[]) => Promise<void>,
): Promise<void> {
  const polls = await sql<{ poll_id: string; state_version: number }[]>`
    select poll_id, state_version from polls where announced_version < state_version order by poll_key`;
  if (polls.length === 0) return;
  await announce(polls.map(({ poll_id }) => poll_id));
  await sql`
    with told as materialized (
      select poll_key, given.state_version
      from jsonb_to_recordset(${sql.json([...polls])}) as given (poll_id uuid, state_version bigint)
        join polls using (poll_id)
      where announced_version < given.state_version
      order by poll_key for no key update of polls
    )
    update polls set announced_version = told.state_version
    from told where polls.poll_key = told.poll_key and announced_version < told.state_version`;
}
