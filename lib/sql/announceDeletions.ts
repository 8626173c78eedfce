import type { Sql } from './client.ts';

/** Read, told and noted in some tens of milliseconds. */
export const DELETIONS_PAGE = 1_000;

/** Has the fan-out told of the oldest polls that were deleted. A call that ends between telling
 * and noting it tells again.
 * @param announce is given UUIDs, and throws if it could not tell
 * @returns how many there were, `DELETIONS_PAGE` at most */
export async function announceDeletions(
  sql: Sql,
  announce: (pollIds: string[]) => Promise<void>,
): Promise<number> {
  const polls = await sql<{ poll_id: string }[]>`
    select poll_id from deleted_polls where not is_announced order by poll_key
    limit ${DELETIONS_PAGE}::integer`;
  if (polls.length === 0) return 0;
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
  return polls.length;
}
