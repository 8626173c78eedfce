import type { AnySql } from './client.ts';
import { textArray } from './textArray.ts';

export async function deleteConnections(sql: AnySql, connectionIds: string[]): Promise<void> {
  await sql`delete from connections where connection_id = any(${textArray(connectionIds)}::text[])`;
}
