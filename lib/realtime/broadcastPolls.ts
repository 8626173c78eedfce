import { deadlineIn, monotonicMs } from '../clock.ts';
import { pagesOf } from '../concurrency/pages.ts';
import type { FollowPolicy } from '../domain/following.ts';
import { isTooSoon, type PollSnapshot, pollDiff } from '../domain/pollDiff.ts';
import { toUuid } from '../domain/pollId.ts';
import type { Database } from '../sql/database.ts';
import {
  deleteSubscriptionsOf,
  type Listed,
  listSubscribers,
  listWaitingSubscribers,
  MAX_SUBSCRIBERS,
  type Subscriber,
} from '../sql/subscriptions.ts';
import {
  listDuePolls,
  listWatchedPolls,
  saveFollowingChange,
  saveSentPolls,
  setNextUpdatesDue,
} from '../sql/watchedPolls.ts';
import { type ChangedPoll, followAt, isPrivateView } from './pollMessages.ts';
import { readPollSnapshots } from './pollSnapshots.ts';
import { type FanOut, POSTING_MS } from './post/fanOut.ts';
import { shareOfTime } from './post/postingOrder.ts';
import { postToSubscribers } from './postToSubscribers.ts';

/** About 20 MB if each poll has 50 long options. */
const POLLS_PAGE = 500;
/** About 0.5 MB of what was sent last. */
const NAMES_PAGE = 5_000;

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

/** What a round works with. */
interface Round {
  database: Database;
  fanOut: FanOut;
  shard: number;
  /** Until then it posts; of the monotonic clock. */
  deadline: number;
  /** Subscribers who need a whole poll. */
  waiting: Subscriber[];
}

/** Without polls that nobody watches: a page of them would take its share of the time. */
async function watchedOf({ database, shard }: Round, pollIds: string[]): Promise<string[]> {
  if (pollIds.length <= POLLS_PAGE) return pollIds;
  const watched: string[] = [];
  for (const page of pagesOf(pollIds, NAMES_PAGE)) {
    const rows = await database.run((sql) => listWatchedPolls(sql, shard, page));
    for (const { pollId } of rows) watched.push(pollId);
  }
  return watched;
}

/** Finds the polls whose viewers on this shard need a message. */
async function readNews(
  { database, shard, waiting }: Round,
  pollIds: string[],
  pace: PostingPace,
): Promise<PollStep[]> {
  const { postsPerSecond, tickMs, followUrl } = pace;
  const awaited = new Set(waiting.map(({ pollId }) => pollId));
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

/** Runs one round for the polls of a shard: reads the current state of the named ones and sends their viewers
 * what changed. Each message is complete by itself, so repeating an interrupted round is safe. A change that
 * comes too soon waits for a later round, which sends it together with later changes. Polls and viewers that the round
 * does not reach by the deadline wait for a later round too.
 *
 * @param named UUIDs of polls that may have changed
 * @param deadline of the monotonic clock
 * @returns whether a change waits */
export async function broadcastPolls(
  database: Database,
  fanOut: FanOut,
  shard: number,
  named: string[],
  pace: PostingPace,
  deadline = deadlineIn(POSTING_MS),
): Promise<boolean> {
  const [waiting, due] = await Promise.all([
    database.run((sql) => listWaitingSubscribers(sql, shard)),
    database.run((sql) => listDuePolls(sql, shard)),
  ]);
  const round = { database, fanOut, shard, deadline, waiting };
  // What has waited comes first, because the time may end before the last page.
  const pollIds = new Set([...waiting.map(({ pollId }) => pollId), ...due, ...named.map(toUuid)]);
  const pages = [...pagesOf(await watchedOf(round, [...pollIds]), POLLS_PAGE)];
  const later = new Set<string>();
  for (const [at, page] of pages.entries()) {
    for (const pollId of await broadcastPage(round, page, pages.length - at, pace)) later.add(pollId);
  }
  const done = due.filter((pollId) => !later.has(pollId));
  if (done.length > 0) await database.run((sql) => setNextUpdatesDue(sql, shard, done, null));
  return later.size > 0;
}

/** @param pagesLeft the pages that share the time that is left, with this one
 * @returns the polls whose change waits */
async function broadcastPage(
  round: Round,
  pollIds: string[],
  pagesLeft: number,
  pace: PostingPace,
): Promise<string[]> {
  const { database, shard, deadline } = round;
  if (monotonicMs() >= deadline) return postpone(round, pollIds);
  const steps = await readNews(round, pollIds, pace);
  const newlyFollowed = steps.flatMap(({ changesFollowing, present }) =>
    changesFollowing && present ? [present] : [],
  );
  if (newlyFollowed.length > 0) {
    await database.run((sql) => saveFollowingChange(sql, shard, newlyFollowed));
  }
  const postponed = await broadcastSteps(round, steps, pagesLeft);
  const early = steps.flatMap(({ pollId, hasEarlyNews }) => (hasEarlyNews ? [pollId] : []));
  if (early.length > 0) await database.run((sql) => setNextUpdatesDue(sql, shard, early, pace.tickMs));
  return [...postponed, ...early];
}

/** Leaves these polls to the next round. */
async function postpone({ database, shard }: Round, pollIds: string[]): Promise<string[]> {
  await database.run((sql) => setNextUpdatesDue(sql, shard, pollIds, 0));
  return pollIds;
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
  };
}

/** Sends the viewers of these polls what changed, and stores what they got. Polls with more viewers than are listed at
 * once are served by halves; one alone, page by page.
 * @param partsLeft the parts that share the time that is left, with this one
 * @returns the polls for which no time was left */
async function broadcastSteps(round: Round, steps: PollStep[], partsLeft: number): Promise<string[]> {
  if (steps.length === 0) return [];
  const { database, shard, deadline, waiting } = round;
  const ids = new Set(steps.map(({ pollId }) => pollId));
  if (monotonicMs() >= deadline) return postpone(round, [...ids]);
  const listed = listedOf(steps);
  const subscribers = await database.run((sql) => listSubscribers(sql, shard, listed));
  const isFull = subscribers.length === MAX_SUBSCRIBERS;
  if (isFull && steps.length > 1) {
    const half = Math.ceil(steps.length / 2);
    const postponed = await broadcastSteps(round, steps.slice(0, half), partsLeft + 1);
    return [...postponed, ...(await broadcastSteps(round, steps.slice(half), partsLeft))];
  }
  const until = shareOfTime(deadline, partsLeft);
  const longest = waiting.filter(({ pollId }) => ids.has(pollId));
  await postToSubscribers(round, steps, isFull ? longest : [...longest, ...subscribers], until);
  if (isFull) {
    for await (const page of subscribersInOrder(round, listed)) {
      await postToSubscribers(round, steps, page, until);
    }
  }
  await saveSteps(round, steps);
  return [];
}

/** Lists the subscribers of one poll. Goes on after the deadline, so that each of them is marked as late: a shard has
 * at most some hundred thousand connections, because API Gateway opens 500 a second and ends them after two hours. */
async function* subscribersInOrder({ database, shard }: Round, listed: Listed): AsyncIterable<Subscriber[]> {
  let after: string | undefined = '';
  do {
    const page: Subscriber[] = await database.run((sql) => listSubscribers(sql, shard, listed, after));
    yield page;
    after = page.length < MAX_SUBSCRIBERS ? undefined : page.at(-1)?.connectionId;
  } while (after !== undefined);
}

async function saveSteps({ database, shard }: Round, steps: PollStep[]): Promise<void> {
  const deleted = steps.filter(({ poll }) => !poll).map(({ pollId }) => pollId);
  if (deleted.length > 0) await database.run((sql) => deleteSubscriptionsOf(sql, shard, deleted));
  // Last, so a retry repairs an interrupted round.
  const shown = steps.flatMap(({ news, present }) => (news !== 'nothing' && present ? [present] : []));
  if (shown.length > 0) await database.run((sql) => saveSentPolls(sql, shard, shown));
}
