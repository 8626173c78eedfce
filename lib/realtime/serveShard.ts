import { setTimeout as delay } from 'node:timers/promises';
import { deadlineIn, monotonicMs } from '../clock.ts';
import { toUuid } from '../domain/pollId.ts';
import type { DecodedBatch } from '../kafka/partitionBatches.ts';
import type { Seen } from '../kafka/seen.ts';
import type { StandingsRecord } from '../kafka/standingsRecord.ts';
import { meter } from '../metrics.ts';
import type { Database } from '../sql/database.ts';
import { setNextUpdatesDue } from '../sql/watchedPolls.ts';
import type { Receipts } from '../tokens/receipt.ts';
import { broadcastBoard } from './broadcastBoard.ts';
import { broadcastPolls, type PostingPace } from './broadcastPolls.ts';
import { openResultsForCounted } from './decideReceipts.ts';
import type { DeliverDirect } from './deliverDirect.ts';
import { type FanOut, notifyWhenStarted } from './post/fanOut.ts';

export interface ShardDeps {
  database: Database;
  /** Returns a fan-out with the rate limit of one shard. */
  fanOutOf(shard: number): FanOut;
  deliverDirect: DeliverDirect;
  /** The position up to which direct messages were delivered. */
  delivered: Seen;
  pace: PostingPace;
  /** How long a round posts to viewers of polls, and again to followers of the board. */
  postingMs: number;
  receipts: Receipts;
}

/** The pause after a round that postponed a change, so that several batches of votes share the next round. It delays
 * everything else in the shard by the same time. */
const GATHER_MS = 50;

/** Delivers direct messages and broadcasts changes. It takes as long as the shard's share of the post budget
 * needs, or as its posts may take: the rest is for later rounds. Meanwhile the next batch accumulates. */
export async function serveShard(
  deps: ShardDeps,
  { partition: shard, decoded, end }: DecodedBatch<StandingsRecord>,
): Promise<void> {
  const fanOut = deps.fanOutOf(shard);
  // A retried round must not notify voters twice.
  const undelivered = decoded.filter(({ position }) => !deps.delivered.has(shard, position));
  deps.delivered.note(shard, end);
  const direct = undelivered.flatMap(({ value }) => (value.type === 'direct' ? value.messages : []));
  const hasNews = decoded.some(({ value }) => value.type !== 'direct');
  const polls = new Set(decoded.flatMap(({ value }) => (value.type === 'polls' ? value.pollIds : [])));
  await Promise.all([
    deps.deliverDirect(shard, fanOut, direct, deadlineIn(deps.postingMs)),
    hasNews && broadcastChanges(deps, shard, fanOut, [...polls]),
  ]);
}

/** Broadcasts polls, then the leaderboard. Interleaved posts would delay the polls until both are done, and
 * the leaderboard is read only when its posts can start. */
async function broadcastChanges(
  deps: ShardDeps,
  shard: number,
  fanOut: FanOut,
  pollIds: string[],
): Promise<void> {
  const { database, pace, postingMs, receipts } = deps;
  const began = monotonicMs();
  const crowded = await openResultsForCounted(database, receipts, shard, pollIds.map(toUuid));
  const pollsAreOut = Promise.withResolvers<void>();
  const first = notifyWhenStarted(fanOut, pollsAreOut.resolve);
  // Runs after the round, because the round clears what was due; also after a partly failed round, which is not
  // repeated.
  const makeCrowdedDue = async () => {
    if (crowded.length > 0) await database.run((sql) => setNextUpdatesDue(sql, shard, crowded, pace.tickMs));
  };
  const [isPollWaiting] = await Promise.all([
    broadcastPolls(database, first, shard, pollIds, pace, deadlineIn(postingMs)).finally(pollsAreOut.resolve),
    pollsAreOut.promise.then(() => broadcastBoard(database, fanOut, shard, deadlineIn(postingMs))),
  ]).finally(makeCrowdedDue);
  meter().sample('TickLength', [monotonicMs() - began]);
  if (isPollWaiting || crowded.length > 0) await delay(GATHER_MS);
}
