import type { AnySql } from './client.ts';

/** Lists the shards with a message that is due: to viewers who missed one, or of a change that waited.
 * @param shards the number of shards */
export async function listDueShards(sql: AnySql, shards: number): Promise<number[]> {
  const rows = await sql<{ shard: number }[]>`
    select shard from generate_series(0, ${shards}::integer - 1) as given (shard)
    where exists (select from subscriptions where shard = given.shard::smallint and due_at <= now())
      or exists (select from connections where shard = given.shard::smallint and board_due_at <= now())
      or exists (select from watched_polls where shard = given.shard::smallint and due_at <= now())
      or exists (select from boards where shard = given.shard::smallint and due_at <= now())`;
  return rows.map(({ shard }) => shard);
}
