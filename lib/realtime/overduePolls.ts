import { pollNews } from '../domain/pollNews.ts';
import type { AnySql } from '../sql/client.ts';
import { listAllWatchedPolls } from '../sql/listWatchedPolls.ts';
import { readPresentPolls } from './presentPolls.ts';

/** Polls of which some viewers do not know all: what only time changes, such as the opening, or what was lost on
 * its way to the fan-out.
 * @param postsPerSecond over all shards
 * @returns their ids */
export async function findOverduePolls(sql: AnySql, postsPerSecond: number): Promise<string[]> {
  const watched = await listAllWatchedPolls(sql);
  const ids = [...new Set(watched.map(({ pollId }) => pollId))];
  if (ids.length === 0) return [];
  const present = new Map((await readPresentPolls(sql, ids)).map((one) => [one.poll.id, one.present]));
  const overdue = watched.filter(
    ({ pollId, sent }) => pollNews(sent, present.get(pollId), postsPerSecond, Date.now()) !== 'nothing',
  );
  return [...new Set(overdue.map(({ pollId }) => pollId))];
}
