import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Kafka } from 'kafkajs';
import { type KafkaConfig, kafkaConfig } from '../../../lib/config.ts';
import { encodeBallot } from '../../../lib/kafka/ballotRecord.ts';
import { kafkaClient } from '../../../lib/kafka/client.ts';
import { createTopics } from '../../../lib/kafka/createTopics.ts';
import { createProducer, type Producer, type RecordPosition } from '../../../lib/kafka/producer.ts';
import { topics } from '../../../lib/kafka/topics.ts';
import { openVotesLog, type VotesLog } from '../../../lib/kafka/votesLog.ts';
import { readStatus } from '../../../lib/operators/status.ts';
import { tallyBallots } from '../../../lib/sql/tallyBallots.ts';
import { type FreshDatabase, freshDatabase } from '../../support/database/database.ts';
import { someBallot, somePoll } from '../../support/database/polls.ts';

let database: FreshDatabase;
let config: KafkaConfig;
let client: Kafka;
let producer: Producer;
let log: VotesLog;

beforeAll(async () => {
  database = await freshDatabase();
  config = kafkaConfig({
    KAFKA_BROKERS: process.env['TEST_KAFKA_BROKERS'],
    KAFKA_TOPIC_PREFIX: `status-${randomUUID()}.`,
    KAFKA_REPLICATION: '1',
    VOTES_PARTITIONS: '2',
  });
  await createTopics(config);
  client = kafkaClient(config);
  producer = createProducer(client, config.topicPrefix);
  log = await openVotesLog(client, config);
});
afterAll(async () => {
  await Promise.all([log.close(), producer.disconnect(), database.end()]);
});

/** Appends ballots of new voters to partition 0. */
async function cast(count: number): Promise<RecordPosition[]> {
  const poll = await somePoll(database.sql);
  const records = Array.from({ length: count }, () => ({ ...encodeBallot(someBallot(poll)), partition: 0 }));
  return producer.produce(topics.votes, records);
}

const countUntil = ({ appendTime, offset }: RecordPosition) =>
  tallyBallots(database.sql, { partition: 0, ballots: [], end: { appendTime, offset } });

test('rates are what was accepted and counted between two looks', async () => {
  let looks = 0;
  const votingInBetween: VotesLog = {
    ...log,
    async extents() {
      looks += 1;
      const seen = await log.extents();
      if (looks === 1) {
        const places = await cast(10);
        await countUntil(places[3] as RecordPosition);
      }
      return seen;
    },
  };
  const { accepted, counted } = await readStatus(database.sql, votingInBetween, 0.2);
  expect([accepted.records, counted.records]).toEqual([10, 4]);
  expect(accepted.per_second).toBeGreaterThan(0);
  expect(accepted.per_second).toBeLessThanOrEqual(10 / 0.2);
  expect(counted.per_second / accepted.per_second).toBeCloseTo(0.4, 1);
});

test('the lag of a partition is the number of records that wait, and how long the first of them has', async () => {
  const first = await cast(3);
  await countUntil(first[0] as RecordPosition);
  await cast(2);
  const waitsFrom = first[1]?.appendTime ?? 0;
  const atLeast = Date.now() - waitsFrom;
  const { lag } = await readStatus(database.sql, log, 0.1);
  const atMost = Date.now() - waitsFrom;
  expect(lag).toEqual([
    { partition: 0, records: 4, ms: expect.any(Number) },
    { partition: 1, records: 0, ms: 0 },
  ]);
  expect(lag[0]?.ms).toBeGreaterThanOrEqual(atLeast - 1);
  expect(lag[0]?.ms).toBeLessThanOrEqual(atMost * 1.1 + 2);
});

test('a rebuilt broker, whose offsets start at 0 again, waits with all that it has', async () => {
  await countUntil({ partition: 0, appendTime: Date.now() + 60_000, offset: 1_000_000 });
  const [extent] = (await log.extents()).filter(({ partition }) => partition === 0);
  const { lag } = await readStatus(database.sql, log, 0.1);
  expect(lag[0]?.records).toBe(extent?.high);
});
