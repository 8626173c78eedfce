import type { Sql } from './client.ts';

/** Has the fan-out told of polls that were deleted. Whoever dies between telling and noting it tells again.
 * @param announce is given UUIDs, and throws if it could not tell */
export async function announceDeletions(
  sql: Sql,
  announce: (pollIds: string[]) => Promise<void>,
): Promise<void> {
  const polls = await sql<{ poll_id: string }[]>`
    select poll_id from deleted_polls where not is_announced order by poll_key`;
  if (polls.length === 0) return;
  const pollIds = polls.map(({ poll_id }) => poll_id);
  await announce(pollIds);
  await sql`
    with told as materialized (
      select poll_key from deleted_polls
      where poll_id in (select value::uuid from jsonb_array_elements_text(${sql.json(pollIds)}) as given (value))
      order by poll_key for no key update
    )
    update deleted_polls set is_announced = true
    from told where deleted_polls.poll_key = told.poll_key`;
}
