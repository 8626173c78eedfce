import middy from '@middy/core';
import { createThrottle } from '../../lib/concurrency/pacing.ts';
import { kafkaConfig, postgresConfig, signingKeys } from '../../lib/config.ts';
import { kafkaClient } from '../../lib/kafka/client.ts';
import { type BatchesEvent, partitionBatches } from '../../lib/kafka/partitionBatches.ts';
import { createProducer } from '../../lib/kafka/producer.ts';
import { createSeen } from '../../lib/kafka/seen.ts';
import { outages } from '../../lib/outages.ts';
import { refreshBoard } from '../../lib/sql/boards.ts';
import { createDatabase } from '../../lib/sql/database.ts';
import { findUnknownPolls } from '../../lib/sql/redriven.ts';
import { createReceipts } from '../../lib/tokens/receipt.ts';
import { createReplySeal } from '../../lib/tokens/seal.ts';
import { strayFinder } from '../../lib/votes/deadLetters.ts';
import { createTellers } from '../../lib/votes/notifyVoters.ts';
import { readBallots } from '../../lib/votes/readBallots.ts';
import { type TallyDeps, tallyPartition, type VotesBatch } from '../../lib/votes/tallyPartition.ts';

const database = createDatabase(postgresConfig());
const kafka = kafkaConfig();
const producer = createProducer(kafkaClient(kafka), kafka.topicPrefix);
const keys = signingKeys();
const replySeal = createReplySeal(keys);
const tell = createTellers({
  database,
  producer,
  receipts: createReceipts(keys),
  shards: kafka.standingsPartitions,
});
const deps: TallyDeps = {
  database,
  producer,
  findStrays: strayFinder(findUnknownPolls),
  notified: createSeen(),
  repeats: new Map(),
};

// Reading the leaderboard costs about a microsecond for each row that moved since.
const boardThrottle = createThrottle(1_000);

async function refreshBoardIfDue(): Promise<void> {
  if (!boardThrottle.isDue()) return;
  await outages.watch('Refreshing the leaderboard', () => database.run(refreshBoard)).catch(() => {});
}

/** Counts what has come on each partition, and then says which polls to look at. A batch that cannot be counted
 * comes again: it throws rather than return what failed, which Lambda ignores where an event source has no
 * provisioned pollers, and the votes would be lost. A batch that is counted is done, whether or not anybody can be
 * told of it. */
async function tallyVotes({ batches }: BatchesEvent<VotesBatch>): Promise<{ batchItemFailures: [] }> {
  const outcomes = await Promise.allSettled(batches.map((batch) => tallyPartition(deps, batch)));
  const tallied = outcomes.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  await Promise.all([
    tell.shards(tallied.flatMap(({ pollIds }) => pollIds)),
    tell.voters(tallied.flatMap(({ waiting }) => waiting)),
    tallied.length > 0 && refreshBoardIfDue(),
  ]);
  for (const one of outcomes) if (one.status === 'rejected') throw one.reason;
  return { batchItemFailures: [] };
}

export const handler = middy(tallyVotes).use(
  partitionBatches((records) => ({ records, ...readBallots(records, replySeal) })),
);
