import type { AnySql } from './client.ts';
import { textArray } from './textArray.ts';

/** Says when these subscriptions are to be sent the whole poll: in so many seconds, or never (`null`), since
 * they have it and follow. */
export async function setPollsDue(
  sql: AnySql,
  subscriptions: { connectionId: string; pollId: string }[],
  seconds: number | null,
): Promise<void> {
  const connectionIds = textArray(subscriptions.map(({ connectionId }) => connectionId));
  const pollIds = textArray(subscriptions.map(({ pollId }) => pollId));
  await sql`
    with watching as materialized (
      select connection_id, poll_id
      from subscriptions join unnest(${connectionIds}::text[], ${pollIds}::uuid[]) as given (connection_id, poll_id)
        using (connection_id, poll_id)
      order by connection_id, poll_id for no key update of subscriptions
    )
    update subscriptions set due_at = now() + ${seconds}::float8 * interval '1 second'
    from watching
    where subscriptions.connection_id = watching.connection_id and subscriptions.poll_id = watching.poll_id`;
}
