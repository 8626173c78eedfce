import { LEAD_MS } from '../domain/votingWindows.ts';
import type { Sql } from './client.ts';

/** Takes a few tens of milliseconds. */
export const DELETIONS_PAGE = 1_000;

/** Announces the oldest deleted polls to the fan-out. A crash between announcing and marking repeats the
 * announcement.
 * @param announce takes UUIDs and throws if the announcement failed
 * @returns the number announced, at most `DELETIONS_PAGE` */
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
    with announced as materialized (
      select poll_key from deleted_polls
      where poll_id in (select value::uuid from jsonb_array_elements_text(${sql.json(pollIds)}) as given (value))
      order by poll_key for no key update
    )
    update deleted_polls set is_announced = true
    from announced where deleted_polls.poll_key = announced.poll_key`;
  return polls.length;
}

/** Takes a few tens of milliseconds. */
export const STATES_PAGE = 1_000;

/** Announces the oldest polls whose state has changed. A crash between announcing and marking repeats the
 * announcement. A change of times that takes effect within moments is announced only then; a change of a
 * later end, at once.
 * @param announce takes UUIDs and throws if the announcement failed
 * @param now see `databaseNow`
 * @returns the number announced, at most `STATES_PAGE` */
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
    with announced as materialized (
      -- A poll that changes at this moment is announced again.
      select poll_key from unannounced_polls
        join jsonb_to_recordset(${sql.json([...polls])}) as given (poll_key integer, state_version bigint)
          using (poll_key, state_version)
      order by poll_key for update of unannounced_polls skip locked
    )
    delete from unannounced_polls using announced where unannounced_polls.poll_key = announced.poll_key`;
  return polls.length;
}
