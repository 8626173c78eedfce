import type { AnySql } from './client.ts';
import { textArray } from './textArray.ts';

/** Says when these connections are to be sent the whole board: in so many seconds, or never (`null`), since
 * they have it and follow. */
export async function setBoardDue(
  sql: AnySql,
  connectionIds: string[],
  seconds: number | null,
): Promise<void> {
  await sql`
    with listening as materialized (
      select connection_id from connections where connection_id = any(${textArray(connectionIds)}::text[])
      order by connection_id for no key update
    )
    update connections set board_due_at = now() + ${seconds}::float8 * interval '1 second'
    from listening where connections.connection_id = listening.connection_id`;
}
