import type { AnySql } from './client.ts';

/** Forgets a connection that was closed. @returns ids of the polls that it watched */
export async function deleteConnection(sql: AnySql, connectionId: string): Promise<string[]> {
  const rows = await sql<{ poll_id: string }[]>`
    with watched as (
      delete from subscriptions where connection_id = ${connectionId} returning poll_id
    ), closed as (
      delete from connections where connection_id = ${connectionId}
    )
    select poll_id from watched`;
  return rows.map(({ poll_id }) => poll_id);
}
