import type { AnySql } from './client.ts';
import { textArray } from './textArray.ts';

/** Ends what a shard's connections watch of polls that are no more. */
export async function deleteSubscriptionsOf(sql: AnySql, shard: number, pollIds: string[]): Promise<void> {
  const ids = textArray(pollIds);
  await sql`delete from subscriptions where poll_id = any(${ids}::uuid[]) and shard = ${shard}::smallint`;
}
