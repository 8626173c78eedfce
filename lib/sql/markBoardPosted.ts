import type { AnySql } from './client.ts';

/** Everybody of the shard was sent this version, or is marked as one who missed it. */
export async function markBoardPosted(sql: AnySql, shard: number, version: number): Promise<void> {
  await sql`
    update boards set posted_version = ${version}::bigint where shard = ${shard} and version = ${version}::bigint`;
}
