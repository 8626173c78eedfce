import { pagesOf } from '../concurrency/pages.ts';
import type { FollowPolicy } from '../domain/following.ts';
import { isTooSoon, type PollSnapshot, pollDiff } from '../domain/pollDiff.ts';
import { toUuid } from '../domain/pollId.ts';
import type { Database } from '../sql/database.ts';
import {
  deleteSubscriptionsOf,
  type Listed,
  listSubscribers,
  type Subscriber,
  setPollsDue,
} from '../sql/subscriptions.ts';
import {
  listAwaitedPolls,
  listDuePolls,
  listWatchedPolls,
  saveFollowingChange,
  saveSentPolls,
  setNextUpdatesDue,
} from '../sql/watchedPolls.ts';
import { type ChangedPoll, followAt, isPrivateView, pollPayloads } from './pollMessages.ts';
import { readPollSnapshots } from './pollSnapshots.ts';
import type { Delivery, FanOut } from './post/fanOut.ts';
import { type Remembered, rememberResult } from './rememberResult.ts';

/** About 20 MB if each poll has 50 long options. */
const POLLS_PAGE = 500;

/** The current poll and how it differs from what its viewers know. */
interface PollStep extends ChangedPoll {
  present: PollSnapshot | undefined;
  /** A change that comes too soon; `news` is without it. */
  hasEarlyNews: boolean;
  /** Whether viewers start or stop following the poll. */
  changesFollowing: boolean;
}

/** How often messages are posted. */
export interface PostingPace extends FollowPolicy {
  /** The least time between two updates of a poll. */
  tickMs: number;
}

/** Finds the polls whose viewers on this shard need a message. */
async function readNews(
  database: Database,
  shard: number,
  pollIds: string[],
  awaited: Set<string>,
  pace: PostingPace,
): Promise<PollStep[]> {
  const { postsPerSecond, tickMs, followUrl } = pace;
  const watched = await database.run((sql) => listWatchedPolls(sql, shard, pollIds));
  if (watched.length === 0) return [];
  const ids = watched.map(({ pollId }) => pollId);
  const found = new Map(
    (await database.run((sql) => readPollSnapshots(sql, ids, pace))).map((one) => [one.poll.id, one]),
  );
  return watched.flatMap(({ pollId, sent }) => {
    const { poll, present } = found.get(pollId) ?? {};
    const difference = pollDiff(sent, present, postsPerSecond);
    const hasEarlyNews = isTooSoon(difference, sent, tickMs);
    const news = hasEarlyNews ? 'nothing' : difference;
    if (difference === 'nothing' && !awaited.has(pollId)) return [];
    const viewers = present?.viewers ?? 0;
    const hasNewViewers = sent?.viewers !== viewers;
    const isFollowed = present?.isFollowed ?? false;
    const follow = followUrl !== undefined && isFollowed ? followAt(followUrl, pollId) : undefined;
    const changesFollowing = present !== undefined && isFollowed !== (sent?.isFollowed ?? false);
    const shown = { poll, present, viewers, hasNewViewers, follow };
    return [{ pollId, news, ...shown, hasEarlyNews, changesFollowing }];
  });
}

function* deliveries(polls: ChangedPoll[], subscribers: Subscriber[]): Iterable<Delivery> {
  const payloadsFor = pollPayloads(polls);
  for (const subscriber of subscribers) {
    for (const payload of payloadsFor(subscriber.pollId, subscriber)) {
      // It subscribed, so its `$connect` has returned.
      yield { connectionId: subscriber.connectionId, payload, isYoung: false };
    }
  }
}

const subscribed: Remembered<Subscriber> = {
  connectionOf: ({ connectionId }) => connectionId,
  setDue: setPollsDue,
};

/** Runs one round for the polls of a shard: reads the current state of the named ones and sends their viewers
 * what changed. Each message is complete by itself, so repeating an interrupted round is safe. A change that
 * comes too soon waits for a later round, in which it is part of what changed by then.
 *
 * @param named UUIDs of polls that may have changed
 * @returns whether a change waits */
export async function broadcastPolls(
  database: Database,
  fanOut: FanOut,
  shard: number,
  named: string[],
  pace: PostingPace,
): Promise<boolean> {
  const [awaitedIds, due] = await Promise.all([
    database.run((sql) => listAwaitedPolls(sql, shard)),
    database.run((sql) => listDuePolls(sql, shard)),
  ]);
  const awaited = new Set(awaitedIds);
  const waiting = new Set<string>();
  const pollIds = [...new Set([...named.map(toUuid), ...awaited, ...due])];
  for (const page of pagesOf(pollIds, POLLS_PAGE)) {
    const steps = await readNews(database, shard, page, awaited, pace);
    await broadcastPage(database, fanOut, shard, steps);
    const early = steps.flatMap(({ pollId, hasEarlyNews }) => (hasEarlyNews ? [pollId] : []));
    if (early.length > 0) {
      await database.run((sql) => setNextUpdatesDue(sql, shard, early, pace.tickMs));
    }
    for (const pollId of early) waiting.add(pollId);
  }
  const done = due.filter((pollId) => !waiting.has(pollId));
  if (done.length > 0) await database.run((sql) => setNextUpdatesDue(sql, shard, done, null));
  return waiting.size > 0;
}

/** Counts of a followed poll, and counts that are hidden, go only to those who see more than everybody. */
function listedOf(steps: PollStep[]): Listed {
  const idsOf = (chosen: PollStep[]) => chosen.map(({ pollId }) => pollId);
  const changed = steps.filter(({ news }) => news !== 'nothing');
  const isHidden = ({ news, poll, hasNewViewers }: PollStep) =>
    news === 'counts' && !hasNewViewers && poll !== undefined && isPrivateView(poll, true);
  const isForAll = (step: PollStep) => step.news === 'state' || !(step.follow || isHidden(step));
  const isForSome = (step: PollStep) =>
    !isForAll(step) && step.poll !== undefined && isPrivateView(step.poll, true);
  return {
    toAll: idsOf(changed.filter(isForAll)),
    toSome: idsOf(changed.filter(isForSome)),
    awaited: idsOf(steps),
  };
}

async function broadcastPage(
  database: Database,
  fanOut: FanOut,
  shard: number,
  steps: PollStep[],
): Promise<void> {
  if (steps.length === 0) return;
  const changed = steps.filter(({ news }) => news !== 'nothing');
  const newlyFollowed = steps.flatMap(({ changesFollowing, present }) =>
    changesFollowing && present ? [present] : [],
  );
  if (newlyFollowed.length > 0) {
    await database.run((sql) => saveFollowingChange(sql, shard, newlyFollowed));
  }
  const subscribers = await database.run((sql) => listSubscribers(sql, shard, listedOf(steps)));
  const result = await fanOut(deliveries(steps, subscribers));
  const ofMissed = (missed: Set<string>) =>
    subscribers.filter(({ connectionId }) => missed.has(connectionId));
  const waiting = subscribers.filter(({ awaitsPoll }) => awaitsPoll);
  await rememberResult(database, result, ofMissed, waiting, subscribed);
  const deleted = steps.filter(({ poll }) => !poll).map(({ pollId }) => pollId);
  if (deleted.length > 0) await database.run((sql) => deleteSubscriptionsOf(sql, shard, deleted));
  // Last, so a retry repairs an interrupted round.
  const shown = changed.flatMap(({ present }) => present ?? []);
  if (shown.length > 0) await database.run((sql) => saveSentPolls(sql, shard, shown));
}
