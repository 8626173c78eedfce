import { pagesOf } from '../concurrency/pages.ts';
import type { AnySql } from '../sql/client.ts';
import { deleteConnections } from '../sql/connections.ts';
import type { Database } from '../sql/database.ts';
import { type FanOutResult, RETRY_AFTER_MISS_SECONDS } from './post/fanOut.ts';

/** About 1 MB, and tens of milliseconds for Postgres. */
const PAGE = 5_000;

/** How to find and schedule the viewers of a round: board connections or subscriptions. */
export interface Remembered<V> {
  connectionOf(viewer: V): string;
  /** Schedules everything for these viewers. */
  setDue(sql: AnySql, viewers: V[], seconds: number): Promise<void>;
  /** Removes what is scheduled for these viewers, if it has not changed since the round listed them: another round of
   * the shard may have missed them meanwhile, with later news. */
  clearDue(sql: AnySql, viewers: V[]): Promise<void>;
}

/** The viewers of a round. */
export interface Viewers<V> {
  /** Returns the viewers with these connections, which missed a message. */
  sentTo(missedIds: Set<string>): V[];
  /** Viewers that had waited and were sent everything. */
  waiting: V[];
  /** Viewers that are due now, because the round was over before their turn. */
  late: V[];
}

/** Stores what became of a round: connections that are gone, viewers that were not reached, which get everything later,
 * and those that waited and are up to date now. */
export async function rememberResult<V>(
  database: Database,
  { gone, missed }: FanOutResult,
  { sentTo, waiting, late }: Viewers<V>,
  { connectionOf, setDue, clearDue }: Remembered<V>,
): Promise<void> {
  const missedIds = new Set(missed.map(({ connectionId }) => connectionId));
  const failed = new Set([...gone, ...missedIds]);
  const reached = waiting.filter((viewer) => !failed.has(connectionOf(viewer)));
  for (const page of pagesOf(gone, PAGE)) await database.run((sql) => deleteConnections(sql, page));
  for (const page of pagesOf(late, PAGE)) await database.run((sql) => setDue(sql, page, 0));
  for (const page of pagesOf(sentTo(missedIds), PAGE))
    await database.run((sql) => setDue(sql, page, RETRY_AFTER_MISS_SECONDS));
  for (const page of pagesOf(reached, PAGE)) await database.run((sql) => clearDue(sql, page));
}
