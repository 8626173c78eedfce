import middy from '@middy/core';
import { createPaces } from '../../lib/concurrency/pacing.ts';
import { postBudget, postgresConfig, realtimeConfig, signingKeys } from '../../lib/config.ts';
import { withRequestIds } from '../../lib/invocation.ts';
import {
  type BatchesEvent,
  type DecodedBatch,
  decodeEach,
  partitionBatches,
} from '../../lib/kafka/partitionBatches.ts';
import { createSeen } from '../../lib/kafka/seen.ts';
import { decodeStandings, type StandingsRecord } from '../../lib/kafka/standingsRecord.ts';
import { writeMetrics } from '../../lib/metrics.ts';
import { outages } from '../../lib/outages.ts';
import { createDirectDelivery } from '../../lib/realtime/deliverDirect.ts';
import { createLazyDisconnect } from '../../lib/realtime/post/disconnect.ts';
import { createFanOuts, POSTING_MS } from '../../lib/realtime/post/fanOut.ts';
import { createPoster } from '../../lib/realtime/post/postToConnection.ts';
import { createSlowViewers } from '../../lib/realtime/post/slowViewers.ts';
import { type ShardDeps, serveShard } from '../../lib/realtime/serveShard.ts';
import { createDatabase } from '../../lib/sql/database.ts';
import { createReceipts } from '../../lib/tokens/receipt.ts';

const database = createDatabase(postgresConfig());
const budget = postBudget();
const realtime = realtimeConfig();
const fanOutAt = createFanOuts(createPoster(realtime));
const withoutSlow = createSlowViewers(createLazyDisconnect(realtime));
const paceOf = createPaces(budget.postsPerSecond, budget.shards);
const deps: ShardDeps = {
  database,
  fanOutOf: (shard) => withoutSlow(fanOutAt(paceOf(shard))),
  deliverDirect: createDirectDelivery(database),
  delivered: createSeen(),
  pace: budget,
  postingMs: POSTING_MS,
  receipts: createReceipts(signingKeys()),
};

type Batch = DecodedBatch<StandingsRecord>;

interface BatchResponse {
  batchItemFailures: { itemIdentifier: { partition: string; offset: number } }[];
}

/** Runs one round per shard (partition), however many records it has: most of them only signal a change. A
 * failed shard is retried without the others. On-demand pollers ignore the response, so they drop a failed round; its
 * viewers catch up within a minute. */
async function broadcastStandings({ batches }: BatchesEvent<Batch>): Promise<BatchResponse> {
  const rounds = batches.map(async (batch) => {
    try {
      await outages.watch('Broadcasting', () => serveShard(deps, batch), batch.partition);
      return [];
    } catch {
      return [{ itemIdentifier: { partition: batch.key, offset: batch.firstOffset } }];
    }
  });
  return { batchItemFailures: (await Promise.all(rounds)).flat() };
}

export const handler = withRequestIds(
  middy(broadcastStandings)
    .use(writeMetrics())
    .use(partitionBatches(decodeEach('standings', decodeStandings))),
);
