import type { BoardEntry } from '../domain/leaderboard.ts';
import type { AnySql } from './client.ts';

/** Stores the board that a shard is about to post, as the version after `baseVersion`.
 * @returns false when another invocation has already moved the board on */
export async function saveBoard(
  sql: AnySql,
  shard: number,
  baseVersion: number,
  entries: BoardEntry[],
): Promise<boolean> {
  const { count } = await sql`
    insert into boards (shard, version, posted_version, entries)
    values (
      ${shard}, ${baseVersion}::bigint + 1, ${baseVersion}::bigint, ${JSON.stringify(entries)}::text::jsonb
    )
    on conflict (shard) do update set version = excluded.version, entries = excluded.entries
    where boards.version = excluded.version - 1`;
  return count === 1;
}
