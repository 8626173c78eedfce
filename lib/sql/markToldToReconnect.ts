import type { AnySql } from './client.ts';
import { textArray } from './textArray.ts';

export async function markToldToReconnect(sql: AnySql, connectionIds: string[]): Promise<void> {
  await sql`
    update connections set is_told_to_reconnect = true
    where connection_id = any(${textArray(connectionIds)}::text[])`;
}
