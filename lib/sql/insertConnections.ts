import type { AnySql } from './client.ts';
import { textArray } from './textArray.ts';

export interface NewConnection {
  id: string;
  shard: number;
}

/** Registers connections that await their first board. Once more is no harm. */
export async function insertConnections(sql: AnySql, connections: NewConnection[]): Promise<void> {
  const ids = textArray(connections.map(({ id }) => id));
  const shards = textArray(connections.map(({ shard }) => `${shard}`));
  await sql`
    insert into connections (connection_id, shard)
    select * from unnest(${ids}::text[], ${shards}::smallint[]) as given (connection_id, shard)
    order by connection_id
    on conflict (connection_id) do nothing`;
}
