import type { AnySql } from './client.ts';
import { textArray } from './textArray.ts';

/** Ends what a shard's connections watch of polls that are no more. */
export async function deleteSubscriptionsOf(sql: AnySql, shard: number, pollIds: string[]): Promise<void> {
  const ids = textArray(pollIds);
  await sql`
    with watching as materialized (
      select connection_id, poll_id from subscriptions
      where poll_id = any(${ids}::uuid[]) and shard = ${shard}::smallint
      order by connection_id, poll_id for update
    )
    delete from subscriptions using watching
    where subscriptions.connection_id = watching.connection_id and subscriptions.poll_id = watching.poll_id`;
}
