import { monotonicMs, wallClockMs } from '../clock.ts';
import { pollDiff } from '../domain/pollDiff.ts';
import type { Database } from '../sql/database.ts';
import { listAllWatchedPolls, type ShardsWatchedPoll, WATCHED_PAGE } from '../sql/watchedPolls.ts';
import { readPollSnapshots } from './pollSnapshots.ts';

/** Where the last call stopped; the next begins there. */
export interface StaleViewsCursor {
  stoppedAt?: ShardsWatchedPoll | undefined;
}

/** Polls of which some viewers do not know all: what only time changes, such as the opening, or what was lost on
 * its way to the fan-out.
 * @param postsPerSecond over all shards
 * @param deadline of the monotonic clock; what is left then is for the next call
 * @returns their ids, page by page of the polls that are watched */
export async function* findStaleViews(
  database: Database,
  cursor: StaleViewsCursor,
  postsPerSecond: number,
  deadline: number,
): AsyncIterable<string[]> {
  do {
    const watched = await database.run((sql) => listAllWatchedPolls(sql, cursor.stoppedAt));
    yield await staleOf(database, watched, postsPerSecond);
    // After they are told: what the caller could not tell is looked at again.
    cursor.stoppedAt = watched.length < WATCHED_PAGE ? undefined : watched.at(-1);
  } while (cursor.stoppedAt && monotonicMs() < deadline);
}

async function staleOf(
  database: Database,
  watched: ShardsWatchedPoll[],
  postsPerSecond: number,
): Promise<string[]> {
  const ids = [...new Set(watched.map(({ pollId }) => pollId))];
  if (ids.length === 0) return [];
  const present = new Map(
    (await database.run((sql) => readPollSnapshots(sql, ids))).map((one) => [one.poll.id, one.present]),
  );
  const stale = watched.filter(
    ({ pollId, sent }) => pollDiff(sent, present.get(pollId), postsPerSecond, wallClockMs()) !== 'nothing',
  );
  return [...new Set(stale.map(({ pollId }) => pollId))];
}
