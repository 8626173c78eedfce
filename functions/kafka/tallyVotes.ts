import middy from '@middy/core';
import { kafkaConfig, postgresConfig, signingKeys } from '../../lib/config.ts';
import { withRequestIds } from '../../lib/invocation.ts';
import { openProducer } from '../../lib/kafka/openProducer.ts';
import { type BatchesEvent, partitionBatches } from '../../lib/kafka/partitionBatches.ts';
import { createSeen } from '../../lib/kafka/seen.ts';
import { writeMetrics } from '../../lib/metrics.ts';
import { createBoardRefresh } from '../../lib/realtime/refreshBoard.ts';
import { createDatabase } from '../../lib/sql/database.ts';
import { findUnknownPolls } from '../../lib/sql/redriven.ts';
import { createReceipts } from '../../lib/tokens/receipt.ts';
import { createReplySeal } from '../../lib/tokens/seal.ts';
import { strayFinder } from '../../lib/votes/deadLetters.ts';
import { createMeasureTally } from '../../lib/votes/measureTally.ts';
import { createNotifiers } from '../../lib/votes/notifyVoters.ts';
import { readBallots } from '../../lib/votes/readBallots.ts';
import { type TallyDeps, tallyPartition, type VotesBatch } from '../../lib/votes/tallyPartition.ts';

const database = createDatabase(postgresConfig());
const kafka = kafkaConfig();
const producer = openProducer(kafka);
const keys = signingKeys();
const replySeal = createReplySeal(keys);
const notify = createNotifiers({
  database,
  producer,
  receipts: createReceipts(keys),
  shards: kafka.standingsPartitions,
});
const refreshBoardIfDue = createBoardRefresh(database);
const measureTally = createMeasureTally(database);
const deps: TallyDeps = {
  database,
  producer,
  findStrays: strayFinder(findUnknownPolls),
  notified: createSeen(),
  repeats: new Map(),
};

/** Counts the records of each partition, then announces the changed polls. A failed batch throws and is
 * retried: Lambda ignores `batchItemFailures` of an event source without provisioned pollers, so returning
 * them would lose votes. A failed announcement does not fail a counted batch. */
async function tallyVotes({ batches }: BatchesEvent<VotesBatch>): Promise<{ batchItemFailures: [] }> {
  const outcomes = await Promise.allSettled(batches.map((batch) => tallyPartition(deps, batch)));
  const tallied = outcomes.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  await Promise.all([
    notify.shards(tallied.flatMap(({ pollIds }) => pollIds)),
    notify.voters(tallied.flatMap(({ waiting }) => waiting)),
    tallied.length > 0 && refreshBoardIfDue(),
    measureTally(tallied),
  ]);
  for (const one of outcomes) if (one.status === 'rejected') throw one.reason;
  return { batchItemFailures: [] };
}

export const handler = withRequestIds(
  middy(tallyVotes)
    .use(writeMetrics())
    .use(partitionBatches((records) => ({ records, ...readBallots(records, replySeal) }))),
);
