import { monotonicMs } from '../clock.ts';
import type { FollowPolicy } from '../domain/following.ts';
import { pollDiff } from '../domain/pollDiff.ts';
import type { Database } from '../sql/database.ts';
import { listAllWatchedPolls, type ShardsWatchedPoll, WATCHED_PAGE } from '../sql/watchedPolls.ts';
import { readPollSnapshots } from './pollSnapshots.ts';

/** The position where the last call stopped and the next one continues. */
export interface StaleViewsCursor {
  stoppedAt?: ShardsWatchedPoll | undefined;
}

/** Finds watched polls whose viewers missed a change: one that only time causes, such as the opening, or one
 * that was lost before the fan-out.
 * @param deadline of the monotonic clock; the next call continues
 * @returns poll ids, one list per page of watched polls */
export async function* findStaleViews(
  database: Database,
  cursor: StaleViewsCursor,
  policy: FollowPolicy,
  deadline: number,
): AsyncIterable<string[]> {
  do {
    const watched = await database.run((sql) => listAllWatchedPolls(sql, cursor.stoppedAt));
    yield await staleOf(database, watched, policy);
    // Moves after the caller handled the page: a page that failed is read again.
    cursor.stoppedAt = watched.length < WATCHED_PAGE ? undefined : watched.at(-1);
  } while (cursor.stoppedAt && monotonicMs() < deadline);
}

async function staleOf(
  database: Database,
  watched: ShardsWatchedPoll[],
  policy: FollowPolicy,
): Promise<string[]> {
  const ids = [...new Set(watched.map(({ pollId }) => pollId))];
  if (ids.length === 0) return [];
  const present = new Map(
    (await database.run((sql) => readPollSnapshots(sql, ids, policy))).map((one) => [
      one.poll.id,
      one.present,
    ]),
  );
  const stale = watched.filter(
    ({ pollId, sent }) => pollDiff(sent, present.get(pollId), policy.postsPerSecond) !== 'nothing',
  );
  return [...new Set(stale.map(({ pollId }) => pollId))];
}
