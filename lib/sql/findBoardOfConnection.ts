import type { AnySql } from './client.ts';
import type { SentBoard } from './loadBoard.ts';

/** The board that this connection's shard sent last. A connection that is not registered, though it speaks,
 * is registered with `newShard`, or it would never hear of a change. */
export async function findBoardOfConnection(
  sql: AnySql,
  connectionId: string,
  newShard: number,
): Promise<Pick<SentBoard, 'version' | 'entries'>> {
  const [board] = await sql<{ version: number | null; entries: SentBoard['entries'] | null }[]>`
    with known as (select shard from connections where connection_id = ${connectionId}),
    added as (
      insert into connections (connection_id, shard)
      select ${connectionId}, ${newShard}::smallint where not exists (select from known)
      on conflict (connection_id) do nothing
      returning shard
    )
    select version, entries
    from (select shard from known union all select shard from added) as mine left join boards using (shard)`;
  return { version: board?.version ?? 0, entries: board?.entries ?? [] };
}
