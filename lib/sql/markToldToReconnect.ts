import type { AnySql } from './client.ts';
import { textArray } from './textArray.ts';

export async function markToldToReconnect(sql: AnySql, connectionIds: string[]): Promise<void> {
  await sql`
    with told as materialized (
      select connection_id from connections where connection_id = any(${textArray(connectionIds)}::text[])
      order by connection_id for no key update
    )
    update connections set is_told_to_reconnect = true
    from told where connections.connection_id = told.connection_id`;
}
