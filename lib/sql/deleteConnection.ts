import type { AnySql } from './client.ts';
import { forgetConnections } from './forgetConnections.ts';

/** Forgets a connection that was closed. @returns ids of the polls that it watched */
export async function deleteConnection(sql: AnySql, connectionId: string): Promise<string[]> {
  const { watched } = await forgetConnections(sql, sql`connection_id = ${connectionId}`);
  return watched;
}
