import { LEAD_MS } from '../domain/votingWindows.ts';
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

/** Read, told and noted in some tens of milliseconds. */
export const STATES_PAGE = 1_000;

/** Has the fan-out told of the oldest polls whose state has changed. Whoever dies between telling and noting it tells
 * again. A change of times that comes into force within moments is told then; one that concerns only an end further
 * ahead, at once.
 * @param announce is given UUIDs, and throws if it could not tell
 * @param now milliseconds since 1970
 * @returns how many there were, `STATES_PAGE` at most */
export async function announceStates(
  sql: Sql,
  announce: (pollIds: string[]) => Promise<void>,
  now: number,
): Promise<number> {
  const polls = await sql<{ poll_id: string; poll_key: number; state_version: number }[]>`
    select poll_id, poll_key, unannounced_polls.state_version
    from unannounced_polls join polls using (poll_key)
    where (windows_from > ${new Date(now)} and windows_from <= ${new Date(now + LEAD_MS)}) is not true
    order by poll_key limit ${STATES_PAGE}::integer`;
  if (polls.length === 0) return 0;
  await announce(polls.map(({ poll_id }) => poll_id));
  await sql`
    with told as materialized (
      -- One that changes at this moment is told once more.
      select poll_key from unannounced_polls
        join jsonb_to_recordset(${sql.json([...polls])}) as given (poll_key integer, state_version bigint)
          using (poll_key, state_version)
      order by poll_key for update of unannounced_polls skip locked
    )
    delete from unannounced_polls using told where unannounced_polls.poll_key = told.poll_key`;
  return polls.length;
}
