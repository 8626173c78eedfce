import type { BoardEntry } from '../domain/leaderboard.ts';
import type { AnySql } from './client.ts';

/** The board that a shard sent last. */
export interface SentBoard {
  version: number;
  /** Below `version` when an invocation ended between saving the board and having posted it to everybody. */
  postedVersion: number;
  entries: BoardEntry[];
}

export async function loadBoard(sql: AnySql, shard: number): Promise<SentBoard> {
  const [board] = await sql<SentBoard[]>`
    select version, posted_version as "postedVersion", entries from boards where shard = ${shard}`;
  return board ?? { version: 0, postedVersion: 0, entries: [] };
}
