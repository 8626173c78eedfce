import type { AnySql } from './client.ts';
import { forgetConnections } from './forgetConnections.ts';
import { textArray } from './textArray.ts';

export async function deleteConnections(sql: AnySql, connectionIds: string[]): Promise<void> {
  await forgetConnections(sql, sql`connection_id = any(${textArray(connectionIds)}::text[])`);
}
