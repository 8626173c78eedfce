import middy from '@middy/core';
import type { MSKEvent, MSKRecord } from 'aws-lambda';
import { createPaces } from '../../lib/concurrency/pacing.ts';
import { postBudget, postgresConfig, realtimeConfig } from '../../lib/config.ts';
import { createSeen } from '../../lib/kafka/seen.ts';
import { decodeStandings, type StandingsRecord } from '../../lib/kafka/standingsRecord.ts';
import { log } from '../../lib/log.ts';
import { outages } from '../../lib/outages.ts';
import { broadcastBoard } from '../../lib/realtime/broadcastBoard.ts';
import { broadcastPolls } from '../../lib/realtime/broadcastPolls.ts';
import { createDirectDelivery } from '../../lib/realtime/deliverDirect.ts';
import { createFanOuts, type FanOut, tellingWhenOut } from '../../lib/realtime/post/fanOut.ts';
import { createPoster } from '../../lib/realtime/post/postToConnection.ts';
import { connect } from '../../lib/sql/client.ts';
import { unavailableIfAway } from '../../lib/sql/database.ts';

const sql = connect(postgresConfig());
const { postsPerSecond, shards } = postBudget();
const fanOutAt = createFanOuts(createPoster(realtimeConfig()));
const paceOf = createPaces(postsPerSecond, shards);

const deliverDirect = createDirectDelivery(sql);
const passedOn = createSeen();

interface BatchResponse {
  batchItemFailures: { itemIdentifier: { partition: string; offset: number } }[];
}

function readRecord({ partition, offset, value, timestamp }: MSKRecord): StandingsRecord[] {
  try {
    const record = decodeStandings(value);
    // A round that is tried again must not tell voters once more.
    if (record.type === 'direct' && passedOn.has(partition, { appendTime: timestamp, offset })) return [];
    return [record];
  } catch (error) {
    log.error('A record of standings is skipped.', { partition, offset, error });
    return [];
  }
}

/** Brings the shard's viewers up to date, with those first who watch one poll. By turns, both would take as long as
 * the two together; and the board is read when its turn has come, not before. */
async function showNews(shard: number, fanOut: FanOut, pollIds: string[]): Promise<void> {
  const pollsAreOut = Promise.withResolvers<void>();
  const first = tellingWhenOut(fanOut, pollsAreOut.resolve);
  await Promise.all([
    broadcastPolls(sql, first, shard, pollIds, postsPerSecond).finally(pollsAreOut.resolve),
    pollsAreOut.promise.then(() => broadcastBoard(sql, fanOut, shard)),
  ]);
}

/** Passes on what is meant for single connections, and shows what is new. All of it together takes as long as the
 * shard's part of the posts allows, and meanwhile the next batch gathers. */
async function serveShard(shard: number, records: StandingsRecord[]): Promise<void> {
  const fanOut = fanOutAt(paceOf(shard));
  const direct = records.flatMap((record) => (record.type === 'direct' ? record.messages : []));
  const isNews = records.some((record) => record.type !== 'direct');
  const polls = new Set(records.flatMap((record) => (record.type === 'polls' ? record.pollIds : [])));
  await Promise.all([deliverDirect(shard, fanOut, direct), isNews && showNews(shard, fanOut, [...polls])]);
}

async function serve(shard: number, records: StandingsRecord[]): Promise<void> {
  try {
    await serveShard(shard, records);
  } catch (error) {
    throw unavailableIfAway(error);
  }
}

/** One round for each shard in the event, however many records it has: each partition is a shard, and most of
 * its records only say that there is something to look at. A shard that fails is retried without the others. */
async function broadcastStandings({ records }: MSKEvent): Promise<BatchResponse> {
  const rounds = Object.entries(records).map(async ([key, batch]) => {
    const { partition, offset } = batch[0] as MSKRecord;
    const read = batch.flatMap(readRecord);
    const last = batch.at(-1) as MSKRecord;
    passedOn.note(partition, { appendTime: last.timestamp, offset: last.offset });
    try {
      await outages.watch('Broadcasting', () => serve(partition, read), partition);
      return [];
    } catch {
      return [{ itemIdentifier: { partition: key, offset } }];
    }
  });
  return { batchItemFailures: (await Promise.all(rounds)).flat() };
}

export const handler = middy(broadcastStandings);
