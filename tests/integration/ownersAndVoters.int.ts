import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { MSKRecord } from 'aws-lambda';
import { monotonicMs } from '../../lib/clock.ts';
import { until } from '../../lib/concurrency/deadline.ts';
import { createMicroBatcher } from '../../lib/concurrency/microBatcher.ts';
import { createRefreshingCache } from '../../lib/concurrency/refreshingCache.ts';
import { kafkaConfig } from '../../lib/config.ts';
import type { NewPoll } from '../../lib/domain/poll.ts';
import { type VoteStatus, voteStatus } from '../../lib/domain/voteStatus.ts';
import { RefusedError } from '../../lib/errors.ts';
import { kafkaClient } from '../../lib/kafka/client.ts';
import { topicPartitions } from '../../lib/kafka/cluster.ts';
import { createTopics } from '../../lib/kafka/createTopics.ts';
import {
  createProducer,
  type OutgoingRecord,
  type Producer,
  type RecordPosition,
} from '../../lib/kafka/producer.ts';
import { topics } from '../../lib/kafka/topics.ts';
import type { EventSource } from '../../lib/offline/event-source/eventSource.ts';
import { changePoll } from '../../lib/polls/changePoll.ts';
import { runDueWork as keepTimeOnce } from '../../lib/polls/dueWork.ts';
import { reconcile } from '../../lib/sql/drift.ts';
import { findPollRules } from '../../lib/sql/findPoll.ts';
import { tallyBallots } from '../../lib/sql/tallyBallots.ts';
import { findVoteFacts } from '../../lib/sql/voteFacts.ts';
import { createReceipts, type VoteReference } from '../../lib/tokens/receipt.ts';
import { createAcceptanceClock } from '../../lib/votes/acceptanceClock.ts';
import { castBallot } from '../../lib/votes/castVote.ts';
import { readBallots } from '../../lib/votes/readBallots.ts';
import { type FreshDatabase, freshDatabase, sharedServer } from '../support/database/database.ts';
import { databaseOn } from '../support/database/databaseOn.ts';
import { somePoll } from '../support/database/polls.ts';
import { callWithRecords } from '../support/kafka/eventSource.ts';
import { startKafka, type TestKafka } from '../support/servers/servers.ts';

/** Votes that are accepted; set it higher for a longer run. */
const VOTES = Number(process.env['STRESS_VOTES'] || 3_000);
/** So many a second: owners need time to close and reopen between them. */
const PACE = Math.max(250, VOTES / 60);
const POLLS = 8;
/** At a time: on a busy machine the log takes its time, and they wait for it together. */
const VOTERS = 200;
const HOUR_MS = 3_600_000;
const COUNTED_WITHIN_MS = 120_000;
/** Of this, a busy machine with two cores takes a third. */
const TEST_MS = 300_000 + VOTES * 20;

const pick = <T>(from: T[]) => from[Math.floor(Math.random() * from.length)] as T;

let server: TestKafka;
let database: FreshDatabase;
let producer: Producer;
let counting: EventSource | undefined;

beforeAll(async () => {
  [server, database] = await Promise.all([startKafka(), freshDatabase(sharedServer(), 16)]);
  await createTopics(config());
  producer = createProducer(kafkaClient(config()), '');
});
afterAll(async () => {
  await counting?.stop();
  await producer?.disconnect();
  await database?.end();
  await server?.stop();
});

const config = () => kafkaConfig({ KAFKA_BROKERS: server.brokers.join(), KAFKA_REPLICATION: '1' });

/** Counts the whole log from its beginning. */
function startCounting(batchSize: number): EventSource {
  const count = (records: MSKRecord[]) => tallyBallots(database.sql, readBallots(records));
  const invoke = ({ records }: { records: Record<string, MSKRecord[]> }) =>
    Promise.all(Object.values(records).map(count));
  return callWithRecords(server.brokers, topics.votes, invoke, { batchSize });
}

/** Waits until all of the log is counted. */
async function settle(): Promise<void> {
  const admin = kafkaClient(config()).admin();
  await admin.connect();
  const ends = await admin.fetchTopicOffsets(topics.votes);
  await admin.disconnect();
  const used = ends.filter(({ high }) => high !== '0');
  await until(async () => {
    const rows = await database.sql`select partition, log_offset from partition_progress`;
    const counted = new Map(rows.map(({ partition, log_offset }) => [partition, log_offset]));
    const behind = used.filter(({ partition, high }) => (counted.get(partition) ?? -1) < Number(high) - 1);
    if (behind.length > 0) throw new Error(`Not counted: ${JSON.stringify(behind)}`);
  }, COUNTED_WITHIN_MS);
}

/** Closes and reopens a poll, again and again. @returns how often */
async function ownPoll({ id }: NewPoll, isOver: () => boolean): Promise<number> {
  for (let changes = 0; ; changes++) {
    if (isOver()) return changes;
    const reopening = { expired_at: Date.now() + pick([1_500, HOUR_MS]) };
    const changing = changePoll(database.sql, id, changes % 2 === 0 ? { closed: true } : reopening);
    await changing.catch((error) => {
      // Behind a slow transaction an end that was near has come.
      if (!(error instanceof RefusedError && error.code === 'invalid_request')) throw error;
    });
    await delay(Math.random() * 600);
  }
}

/** Keeps a poll from others for as long as a slow transaction does. */
async function holdPolls(polls: NewPoll[], isOver: () => boolean): Promise<void> {
  while (!isOver()) {
    await database.sql.begin(async (tx) => {
      await tx`select from polls where poll_id = ${pick(polls).id}::uuid for update`;
      await delay(200 + Math.random() * 1_500);
    });
    await delay(300);
  }
}

async function runDueWork(isOver: () => boolean): Promise<void> {
  const countPartitions = () => topicPartitions(kafkaClient(config()), topics.votes);
  const deps = { database: databaseOn(database.sql), producer, kafka: config(), countPartitions };
  while (!isOver()) {
    await keepTimeOnce(deps, monotonicMs());
    await delay(200);
  }
}

/** Has voters vote in all polls, some of them many times, until enough votes were accepted. */
async function castVotes(polls: NewPoll[]): Promise<VoteReference[]> {
  const means = {
    findPollId: async (pollId: string) => pollId,
    findRules: createRefreshingCache((pollId) => findPollRules(database.sql, pollId), {
      // Old enough to let votes through after the end, and not so old that most are refused.
      freshMs: 500,
      refreshTimeoutMs: 300,
      maxEntries: 100,
    }),
    clock: createAcceptanceClock(),
    append: createMicroBatcher<OutgoingRecord, RecordPosition>(
      (records, deadline) => producer.produce(topics.votes, records, deadline),
      { timeoutMs: 5_000, maxBatch: 1_000, maxWaiting: 10_000 },
    ),
    receipts: createReceipts([{ kid: 'k1', secret: 'a secret that signs the receipts here' }]),
    voterSecret: 'a secret that no voter will ever see',
  };
  const accepted: VoteReference[] = [];
  const voter = async () => {
    while (accepted.length < VOTES) {
      const poll = pick(polls);
      const userId = `user ${Math.floor((Math.random() * VOTES) / 4)}`;
      const cast = await castBallot(means, poll.id, { userId, optionIds: [pick(poll.options).id] });
      if (cast.outcome === 'accepted') accepted.push(cast.vote);
      await delay((1_000 * VOTERS) / PACE);
    }
  };
  await Promise.all(Array.from({ length: VOTERS }, voter));
  return accepted;
}

async function statusesOf(votes: VoteReference[]): Promise<VoteStatus[]> {
  const statuses: VoteStatus[] = [];
  for (let at = 0; at < votes.length; at += 1_000) {
    const some = votes.slice(at, at + 1_000);
    const facts = await findVoteFacts(database.sql, some);
    statuses.push(...some.map((vote, index) => voteStatus(vote, facts[index] as (typeof facts)[0])));
  }
  return statuses;
}

async function countsOf() {
  const { sql } = database;
  return {
    votes: [...(await sql`select poll_key, voter_key, choices, accepted_at from votes order by 1, 2`)],
    tallies: [...(await sql`select poll_key, position, votes, ballots from tallies order by 1, 2`)],
  };
}

/** Polls as they are, with their windows, and nothing counted. */
async function forgetCounts(): Promise<void> {
  const { sql } = database;
  await sql`truncate votes, partition_progress`;
  await sql`update tallies set votes = 0, ballots = 0, moves = 0`;
  await sql`update polls set is_final = false`;
}

test(
  'every accepted vote is judged once and finally while owners close and reopen and transactions are slow',
  async () => {
    const { sql } = database;
    const polls: NewPoll[] = [];
    while (polls.length < POLLS) polls.push(await somePoll(sql, { allowChange: polls.length % 2 === 0 }));
    counting = startCounting(100);
    let isOver = false;
    const done = () => isOver;
    const [votes, ...changes] = await Promise.all([
      castVotes(polls).finally(() => {
        isOver = true;
      }),
      ...polls.map((poll) => ownPoll(poll, done)),
      holdPolls(polls, done),
      runDueWork(done),
    ]);
    await settle();
    const outcomes = (await statusesOf(votes)).map(({ status }) => status);
    const amount = (status: VoteStatus['status']) => outcomes.filter((one) => one === status).length;
    if (process.env['STRESS_VOTES'])
      console.log({
        votes: votes.length,
        changes,
        outcomes: [...new Set(outcomes)].map((status) => [status, amount(status)]),
      });
    expect(amount('accepted')).toBe(0);
    expect(Math.min(amount('counted'), amount('replaced'), amount('rejected'))).toBeGreaterThan(0);
    expect(await reconcile(sql, false)).toEqual([]);

    const counts = await countsOf();
    await counting.stop();
    await forgetCounts();
    counting = startCounting(1_000);
    await settle();
    expect(await countsOf()).toEqual(counts);
  },
  TEST_MS,
);
