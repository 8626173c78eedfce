import type { AnySql } from './client.ts';
import { textArray } from './textArray.ts';

/** Which of these polls were never in this database, as far back as the log may reach.
 * @param pollIds 32 hex digits each, as what it returns */
export async function findUnknownPolls(sql: AnySql, pollIds: string[]): Promise<string[]> {
  const unknown = await sql<{ poll_id: string }[]>`
    select replace(poll_id::text, '-', '') as poll_id
    from unnest(${textArray(pollIds)}::text::uuid[]) as given (poll_id)
    where not exists (select from polls where polls.poll_id = given.poll_id)
      and not exists (select from deleted_polls where deleted_polls.poll_id = given.poll_id)
      and not exists (select from former_polls where former_polls.poll_id = given.poll_id)`;
  return unknown.map(({ poll_id }) => poll_id);
}
