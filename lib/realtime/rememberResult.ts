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
  /** Schedules everything for these viewers.
   * @param seconds null for viewers that are up to date */
  setDue(sql: AnySql, viewers: V[], seconds: number | null): Promise<void>;
}

/** Stores what became of a round: connections that are gone, viewers that missed a message, which they get later, and
 * those that waited and are up to date now.
 * @param sentTo receives the connections that missed a message, and returns their viewers
 * @param waiting viewers that were sent everything */
export async function rememberResult<V>(
  database: Database,
  { gone, missed }: FanOutResult,
  sentTo: (missedIds: Set<string>) => V[],
  waiting: V[],
  { connectionOf, setDue }: Remembered<V>,
): Promise<void> {
  const missedIds = new Set(missed.map(({ connectionId }) => connectionId));
  const failed = new Set([...gone, ...missedIds]);
  const reached = waiting.filter((viewer) => !failed.has(connectionOf(viewer)));
  for (const page of pagesOf(gone, PAGE)) await database.run((sql) => deleteConnections(sql, page));
  for (const page of pagesOf(sentTo(missedIds), PAGE))
    await database.run((sql) => setDue(sql, page, RETRY_AFTER_MISS_SECONDS));
  for (const page of pagesOf(reached, PAGE)) await database.run((sql) => setDue(sql, page, null));
}
