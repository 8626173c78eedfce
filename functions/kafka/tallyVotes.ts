import middy from '@middy/core';
import type { MSKEvent, MSKRecord } from 'aws-lambda';
import { kafkaConfig, signingKeys } from '../../lib/config.ts';
import { pollAnnouncer } from '../../lib/kafka/announcePolls.ts';
import { kafkaClient } from '../../lib/kafka/client.ts';
import { createProducer } from '../../lib/kafka/producer.ts';
import { log } from '../../lib/log.ts';
import { askPostgres } from '../../lib/sql/database.ts';
import { findUnknownPolls } from '../../lib/sql/findUnknownPolls.ts';
import { refreshBoard } from '../../lib/sql/refreshBoard.ts';
import { tallyBallots } from '../../lib/sql/tallyBallots.ts';
import { readBallots } from '../../lib/voting/readBallots.ts';
import { createReceipts } from '../../lib/voting/receipt.ts';
import { setAside } from '../../lib/voting/setAside.ts';
import { strayFinder } from '../../lib/voting/strayBallots.ts';
import { tellWaiters } from '../../lib/voting/tellWaiters.ts';
import { createWaiterSeal } from '../../lib/voting/waiterSeal.ts';

const kafka = kafkaConfig();
const producer = createProducer(kafkaClient(kafka), kafka.topicPrefix);
const keys = signingKeys();
const receipts = createReceipts(keys);
const waiterSeal = createWaiterSeal(keys);
const shards = kafka.standingsPartitions;
const announcePolls = pollAnnouncer(producer, shards);
const findStrays = strayFinder(findUnknownPolls);

// Hundreds of times what a batch takes. Without a bound, a connection that leads nowhere would hang here for as
// long as this environment lives: a function that fails by its timeout keeps it, and the next batch waits behind.
const PATIENCE_MS = 10_000;

// Reading the leaderboard costs about a microsecond for each row that moved since.
const REFRESH_BOARD_MS = 1_000;
let boardRefreshedAt = 0;

async function refreshBoardIfDue(): Promise<void> {
  if (Date.now() - boardRefreshedAt < REFRESH_BOARD_MS) return;
  boardRefreshedAt = Date.now();
  await askPostgres(refreshBoard, PATIENCE_MS);
}

async function tallyPartition(records: MSKRecord[]): Promise<string[]> {
  const { unreadable, waiting, ...batch } = readBallots(records, waiterSeal);
  const { pollIds, strays } = await askPostgres(async (sql) => {
    const pollIds = await tallyBallots(sql, batch);
    return { pollIds, strays: await findStrays(sql, records, pollIds) };
  }, PATIENCE_MS);
  const uncountable = [...unreadable, ...strays];
  if (uncountable.length > 0) {
    const { partition } = batch;
    log.error('Records of votes are set aside.', {
      partition,
      reasons: uncountable.map(({ reason }) => reason),
    });
    // After counting: while Postgres is away the batch comes again and again, and would leave a copy each time.
    await setAside(producer, uncountable);
  }
  await tellWaiters({ producer, receipts, shards }, waiting);
  return pollIds;
}

/** Counts what has come on each partition and then says which polls to look at. Whatever fails, the whole batch
 * comes again: counting it once more changes nothing, and the first try may have ended before it told anyone. */
async function tallyVotes({ records }: MSKEvent): Promise<{ batchItemFailures: [] }> {
  const touched = await Promise.all(Object.values(records).map(tallyPartition));
  const pollIds = [...new Set(touched.flat())];
  await Promise.all([announcePolls(pollIds), refreshBoardIfDue()]);
  return { batchItemFailures: [] };
}

export const handler = middy(tallyVotes);
