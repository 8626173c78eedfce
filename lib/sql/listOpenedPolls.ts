import type { AnySql } from './client.ts';

/** Polls whose `opens_at` has come in between: no version tells of that.
 * @param after milliseconds since 1970, as is `until`, which still belongs to it
 * @returns their ids */
export async function listOpenedPolls(sql: AnySql, after: number, until: number): Promise<string[]> {
  const polls = await sql<{ poll_id: string }[]>`
    select poll_id from polls
    where opens_at > ${new Date(after)} and opens_at <= ${new Date(until)} and not is_final`;
  return polls.map(({ poll_id }) => poll_id);
}
