import type { AnySql } from './client.ts';

/** @returns whether the connection watched this poll */
export async function deleteSubscription(
  sql: AnySql,
  connectionId: string,
  pollId: string,
): Promise<boolean> {
  const { count } = await sql`
    delete from subscriptions where connection_id = ${connectionId} and poll_id = ${pollId}::uuid`;
  return count > 0;
}
