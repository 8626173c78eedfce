import middy from '@middy/core';
import type { MSKEvent, MSKRecord } from 'aws-lambda';
import { elapsedMs, type Moment, presentMoment } from '../../lib/clock.ts';
import { kafkaConfig, signingKeys } from '../../lib/config.ts';
import { kafkaClient } from '../../lib/kafka/client.ts';
import { createProducer } from '../../lib/kafka/producer.ts';
import { createSeen } from '../../lib/kafka/seen.ts';
import { outages } from '../../lib/outages.ts';
import { refreshBoard } from '../../lib/sql/boards.ts';
import { askPostgres } from '../../lib/sql/database.ts';
import { findUnknownPolls } from '../../lib/sql/redriven.ts';
import { tallyBallots } from '../../lib/sql/tallyBallots.ts';
import { createReceipts } from '../../lib/tokens/receipt.ts';
import { createReplySeal } from '../../lib/tokens/seal.ts';
import { moveToDeadLetters, strayFinder } from '../../lib/votes/deadLetters.ts';
import type { WaitingVote } from '../../lib/votes/notifyVoters.ts';
import { createTellers } from '../../lib/votes/notifyVoters.ts';
import { readBallots } from '../../lib/votes/readBallots.ts';

const kafka = kafkaConfig();
const producer = createProducer(kafkaClient(kafka), kafka.topicPrefix);
const keys = signingKeys();
const receipts = createReceipts(keys);
const replySeal = createReplySeal(keys);
const tell = createTellers({ producer, receipts, shards: kafka.standingsPartitions });
const told = createSeen();
const findStrays = strayFinder(findUnknownPolls);

// Hundreds of times what a batch takes. Without a bound, a connection that leads nowhere would hang here for as
// long as this environment lives: a function that fails by its timeout keeps it, and the next batch waits behind.
const PATIENCE_MS = 10_000;

// Reading the leaderboard costs about a microsecond for each row that moved since.
const REFRESH_BOARD_MS = 1_000;
let boardRefreshedAt: Moment | undefined;

async function refreshBoardIfDue(): Promise<void> {
  if (boardRefreshedAt && elapsedMs(boardRefreshedAt) < REFRESH_BOARD_MS) return;
  boardRefreshedAt = presentMoment();
  await outages.watch('Refreshing the leaderboard', () => askPostgres(refreshBoard)).catch(() => {});
}

interface Counted {
  pollIds: string[];
  /** Those who wait for word of a vote and are not being told already. */
  waiting: WaitingVote[];
}

async function tallyPartition(records: MSKRecord[]): Promise<Counted> {
  const { unreadable, waiting, ...batch } = readBallots(records, replySeal);
  const { partition, end } = batch;
  return outages.watch(
    'Counting votes',
    async () => {
      const { pollIds, strays } = await askPostgres(async (sql) => {
        const pollIds = await tallyBallots(sql, batch);
        return { pollIds, strays: await findStrays(sql, records, pollIds) };
      }, PATIENCE_MS);
      // After counting: while Postgres is away the batch comes again and again, and would leave a copy each time.
      await moveToDeadLetters(producer, [...unreadable, ...strays]);
      const untold = waiting.filter(({ vote }) => !told.has(partition, vote));
      told.note(partition, end);
      return { pollIds, waiting: untold };
    },
    partition,
  );
}

/** Counts what has come on each partition, and then says which polls to look at. A batch that cannot be counted
 * comes again: it throws rather than return what failed, which Lambda ignores where an event source has no
 * provisioned pollers, and the votes would be lost. A batch that is counted is done, whether or not anybody can be
 * told of it. */
async function tallyVotes({ records }: MSKEvent): Promise<{ batchItemFailures: [] }> {
  const tallied = await Promise.allSettled(Object.values(records).map(tallyPartition));
  const counted = tallied.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  await Promise.all([
    tell.shards(counted.flatMap(({ pollIds }) => pollIds)),
    tell.voters(counted.flatMap(({ waiting }) => waiting)),
    counted.length > 0 && refreshBoardIfDue(),
  ]);
  for (const one of tallied) if (one.status === 'rejected') throw one.reason;
  return { batchItemFailures: [] };
}

export const handler = middy(tallyVotes);
