import { wallClockMs } from '../clock.ts';
import { pagesOf } from '../concurrency/pages.ts';
import { type PollSnapshot, pollDiff } from '../domain/pollDiff.ts';
import { dashed } from '../domain/pollId.ts';
import { deleteConnections } from '../sql/connections.ts';
import type { Database } from '../sql/database.ts';
import {
  deleteSubscriptionsOf,
  listSubscribers,
  type Subscriber,
  setPollsDue,
} from '../sql/subscriptions.ts';
import { listAwaitedPolls, listWatchedPolls, saveSentPolls } from '../sql/watchedPolls.ts';
import { type PollToTell, pollPayloads } from './pollMessages.ts';
import { readPollSnapshots } from './pollSnapshots.ts';
import type { Delivery, FanOut, FanOutResult } from './post/fanOut.ts';

/** The pause after a failed post: a retry in every round would slow every round. */
const RETRY_AFTER_MISS_SECONDS = 5;

/** About 20 MB if each poll has 50 long options. */
const POLLS_PAGE = 500;
const SUBSCRIPTIONS_PAGE = 5_000;

/** The current poll and how it differs from what its viewers know. */
interface PollStep extends PollToTell {
  present: PollSnapshot | undefined;
}

/** Finds the polls whose viewers on this shard need a message. */
async function readNews(
  database: Database,
  shard: number,
  pollIds: string[],
  awaited: Set<string>,
  postsPerSecond: number,
): Promise<PollStep[]> {
  const watched = await database.run((sql) => listWatchedPolls(sql, shard, pollIds));
  if (watched.length === 0) return [];
  const ids = watched.map(({ pollId }) => pollId);
  const found = new Map(
    (await database.run((sql) => readPollSnapshots(sql, ids))).map((one) => [one.poll.id, one]),
  );
  return watched.flatMap(({ pollId, sent }) => {
    const { poll, present } = found.get(pollId) ?? {};
    const news = pollDiff(sent, present, postsPerSecond, wallClockMs());
    if (news === 'nothing' && !awaited.has(pollId)) return [];
    const viewers = present?.viewers ?? 0;
    return [{ pollId, news, poll, present, viewers, hasNewViewers: sent?.viewers !== viewers }];
  });
}

function* deliveries(polls: PollToTell[], subscribers: Subscriber[]): Iterable<Delivery> {
  const payloadsFor = pollPayloads(polls);
  for (const subscriber of subscribers) {
    for (const payload of payloadsFor(subscriber.pollId, subscriber)) {
      // It subscribed, so its `$connect` has returned.
      yield { connectionId: subscriber.connectionId, payload, isYoung: false };
    }
  }
}

async function rememberResult(
  database: Database,
  subscribers: Subscriber[],
  { gone, missed }: FanOutResult,
): Promise<void> {
  const missedIds = new Set(missed.map(({ connectionId }) => connectionId));
  const failedIds = new Set([...gone, ...missedIds]);
  const failed = subscribers.filter(({ connectionId }) => missedIds.has(connectionId));
  const caughtUp = subscribers.filter(
    ({ awaitsPoll, connectionId }) => awaitsPoll && !failedIds.has(connectionId),
  );
  for (const page of pagesOf(gone, SUBSCRIPTIONS_PAGE))
    await database.run((sql) => deleteConnections(sql, page));
  for (const page of pagesOf(failed, SUBSCRIPTIONS_PAGE)) {
    await database.run((sql) => setPollsDue(sql, page, RETRY_AFTER_MISS_SECONDS));
  }
  for (const page of pagesOf(caughtUp, SUBSCRIPTIONS_PAGE))
    await database.run((sql) => setPollsDue(sql, page, null));
}

/** Runs one round for the polls of a shard: reads the current state of the named ones and sends their viewers
 * what changed. Each message is complete by itself, so repeating an interrupted round is safe.
 *
 * @param named UUIDs of polls that may have changed
 * @param postsPerSecond over all shards */
export async function broadcastPolls(
  database: Database,
  fanOut: FanOut,
  shard: number,
  named: string[],
  postsPerSecond: number,
): Promise<void> {
  const awaited = new Set(await database.run((sql) => listAwaitedPolls(sql, shard)));
  const pollIds = [...new Set([...named.map(toUuid), ...awaited])];
  for (const page of pagesOf(pollIds, POLLS_PAGE)) {
    await broadcastPage(
      database,
      fanOut,
      shard,
      await readNews(database, shard, page, awaited, postsPerSecond),
    );
  }
}

// The tally names polls by their hex digits alone.
const toUuid = (id: string) => (id.includes('-') ? id : dashed(id));

async function broadcastPage(
  database: Database,
  fanOut: FanOut,
  shard: number,
  steps: PollStep[],
): Promise<void> {
  if (steps.length === 0) return;
  const withNews = steps.filter(({ news }) => news !== 'nothing').map(({ pollId }) => pollId);
  const named = steps.map(({ pollId }) => pollId);
  const subscribers = await database.run((sql) => listSubscribers(sql, shard, withNews, named));
  await rememberResult(database, subscribers, await fanOut(deliveries(steps, subscribers)));
  const deleted = steps.filter(({ poll }) => !poll).map(({ pollId }) => pollId);
  if (deleted.length > 0) await database.run((sql) => deleteSubscriptionsOf(sql, shard, deleted));
  // Last, so a retry repairs an interrupted round.
  const shown = steps.flatMap(({ present }) => present ?? []);
  await database.run((sql) => saveSentPolls(sql, shard, shown));
}
