import type { DecodedBatch } from '../kafka/partitionBatches.ts';
import type { Seen } from '../kafka/seen.ts';
import type { StandingsRecord } from '../kafka/standingsRecord.ts';
import type { Database } from '../sql/database.ts';
import { broadcastBoard } from './broadcastBoard.ts';
import { broadcastPolls } from './broadcastPolls.ts';
import type { DeliverDirect } from './deliverDirect.ts';
import { type FanOut, tellingWhenOut } from './post/fanOut.ts';

export interface ShardDeps {
  database: Database;
  /** A fan-out at the pace of one shard. */
  fanOutOf(shard: number): FanOut;
  deliverDirect: DeliverDirect;
  /** Up to where direct messages have been delivered. */
  delivered: Seen;
  /** Over all shards. */
  postsPerSecond: number;
}

/** Delivers what is meant for single connections, and shows what is new. All of it together takes as long as the
 * shard's part of the posts allows, and meanwhile the next batch gathers. */
export async function serveShard(
  deps: ShardDeps,
  { partition: shard, decoded, end }: DecodedBatch<StandingsRecord>,
): Promise<void> {
  const fanOut = deps.fanOutOf(shard);
  // A round that is tried again must not notify voters once more.
  const undelivered = decoded.filter(({ position }) => !deps.delivered.has(shard, position));
  deps.delivered.note(shard, end);
  const direct = undelivered.flatMap(({ value }) => (value.type === 'direct' ? value.messages : []));
  const isNews = decoded.some(({ value }) => value.type !== 'direct');
  const polls = new Set(decoded.flatMap(({ value }) => (value.type === 'polls' ? value.pollIds : [])));
  await Promise.all([
    deps.deliverDirect(shard, fanOut, direct),
    isNews && showNews(deps, shard, fanOut, [...polls]),
  ]);
}

/** Brings the shard's viewers up to date, those who watch one poll first. By turns, both would take as long as
 * the two together; and the board is read when its turn has come, not before. */
async function showNews(deps: ShardDeps, shard: number, fanOut: FanOut, pollIds: string[]): Promise<void> {
  const { database, postsPerSecond } = deps;
  const pollsAreOut = Promise.withResolvers<void>();
  const first = tellingWhenOut(fanOut, pollsAreOut.resolve);
  await Promise.all([
    broadcastPolls(database, first, shard, pollIds, postsPerSecond).finally(pollsAreOut.resolve),
    pollsAreOut.promise.then(() => broadcastBoard(database, fanOut, shard)),
  ]);
}
