import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { MSKEvent } from 'aws-lambda';
import { deadlineIn, monotonicMs } from '../../lib/clock.ts';
import { kafkaConfig } from '../../lib/config.ts';
import { UnavailableError } from '../../lib/errors.ts';
import { encodeBallot, firstAppendTimeHeaders } from '../../lib/kafka/ballotRecord.ts';
import { kafkaClient } from '../../lib/kafka/client.ts';
import { topicPartitions } from '../../lib/kafka/cluster.ts';
import { createTopics } from '../../lib/kafka/createTopics.ts';
import { openProducer } from '../../lib/kafka/openProducer.ts';
import { createProducer, type Producer } from '../../lib/kafka/producer.ts';
import { decodeStandings } from '../../lib/kafka/standingsRecord.ts';
import { topics } from '../../lib/kafka/topics.ts';
import type { EventSource } from '../../lib/offline/event-source/eventSource.ts';
import { runDueWork } from '../../lib/polls/dueWork.ts';
import { findPoll } from '../../lib/sql/findPoll.ts';
import { beginReplay, endReplay } from '../../lib/sql/replays.ts';
import { tallyBallots } from '../../lib/sql/tallyBallots.ts';
import { readBallots } from '../../lib/votes/readBallots.ts';
import { type FreshDatabase, freshDatabase } from '../support/database/database.ts';
import { databaseOn } from '../support/database/databaseOn.ts';
import { lastMark, someBallot, somePoll } from '../support/database/polls.ts';
import { callWithRecords } from '../support/kafka/eventSource.ts';
import { startKafka } from '../support/servers/servers.ts';

const VOTES = 50;
const MINUTE_MS = 60_000;

let database: FreshDatabase;
let producer: Producer;
let consumer: EventSource | undefined;
const countPartitions = () => topicPartitions(kafkaClient(config), topics.votes);

const brokers = (process.env['TEST_KAFKA_BROKERS'] ?? '').split(',');
const config = kafkaConfig({ KAFKA_BROKERS: brokers.join(','), KAFKA_REPLICATION: '1' });

beforeAll(async () => {
  database = await freshDatabase();
  await createTopics(config);
  producer = openProducer(config);
});
afterAll(async () => {
  await consumer?.stop();
  await producer.disconnect();
  await database.end();
});

/** Counts what is on the topic `votes`, from its beginning. */
function startCounting(): EventSource {
  const count = async ({ records }: MSKEvent) => {
    for (const batch of Object.values(records)) await tallyBallots(database.sql, readBallots(batch));
  };
  return callWithRecords(brokers, topics.votes, count, { batchSize: 10 });
}

test('results become final when the backlog is counted, with exactly the votes that were in time', async () => {
  const { sql } = database;
  const poll = await somePoll(sql, { expiredAt: Date.now() - MINUTE_MS });
  const inTime = (poll.expiredAt - 1) * 1_000;
  const ballots = Array.from({ length: VOTES }, () => someBallot(poll, { acceptedAt: inTime }));
  const records = ballots.map((ballot, at) => ({
    partition: at % config.votesPartitions,
    ...encodeBallot(ballot),
    headers: firstAppendTimeHeaders(poll.expiredAt),
  }));
  // Bytes that the network held back for a minute.
  const late = { partition: 0, ...encodeBallot(someBallot(poll, { acceptedAt: inTime })) };
  await producer.produce(topics.votes, [late, ...records]);

  // As after a record that Kafka stamped while its clock was an hour ahead.
  const ahead = Date.now() + 60 * MINUTE_MS;
  for (let partition = 0; partition < config.votesPartitions; partition += 1)
    await tallyBallots(sql, { partition, ballots: [], end: { appendTime: ahead, offset: 0 } });

  const close = () =>
    runDueWork({ database: databaseOn(sql), producer, kafka: config, countPartitions }, monotonicMs());
  expect(await close()).toBe(1);
  const closing = { status: 'closing', is_final: false, total_votes: 0 };
  expect(await findPoll(sql, poll.id, Date.now())).toMatchObject(closing);

  consumer = startCounting();
  while ((await close()) > 0);
  const final = { status: 'closed', is_final: true, total_votes: VOTES };
  expect(await findPoll(sql, poll.id, Date.now())).toMatchObject(final);
  expect(await sql`select from unannounced_polls`).toEqual([]);
});

test('results wait for every partition of the topic, whatever number is configured', async () => {
  const kafka = await startKafka();
  const wide = kafkaConfig({
    KAFKA_BROKERS: kafka.brokers.join(),
    KAFKA_REPLICATION: '1',
    VOTES_PARTITIONS: '24',
  });
  const client = kafkaClient(wide);
  const wideProducer = createProducer(client, '');
  const own = await freshDatabase();
  try {
    await createTopics(wide);
    const { sql } = own;
    const poll = await somePoll(sql, { expiredAt: Date.now() - MINUTE_MS });
    const late = someBallot(poll, { acceptedAt: (poll.expiredAt - 1) * 1_000 });
    const end = { appendTime: Date.now(), offset: 0 };
    const countPast = async (partition: number, ballots = [] as (typeof late)[]) => {
      const number = await lastMark(sql);
      await tallyBallots(sql, {
        partition,
        ballots,
        end,
        mark: { number, appendTime: Date.now() },
      });
    };
    const told = { ...wide, votesPartitions: 12 };
    const close = () =>
      runDueWork(
        {
          database: databaseOn(sql),
          producer: wideProducer,
          kafka: told,
          countPartitions: () => topicPartitions(client, topics.votes),
        },
        monotonicMs(),
      );
    expect(await close()).toBe(1);
    expect(await findPoll(sql, poll.id, Date.now())).toMatchObject({ is_final: false });
    const admin = client.admin();
    await admin.connect();
    const marked = (await admin.fetchTopicOffsets(topics.votes)).filter(({ high }) => high === '1');
    await admin.disconnect();
    expect(marked).toHaveLength(24);
    for (let partition = 0; partition < 12; partition++) await countPast(partition);
    expect(await close()).toBe(1);
    for (let partition = 0; partition < 24; partition++) await countPast(partition, [late]);
    expect(await close()).toBe(0);
    expect(await findPoll(sql, poll.id, Date.now())).toMatchObject({ is_final: true, total_votes: 1 });
  } finally {
    await wideProducer.disconnect();
    await own.end();
    await kafka.stop();
  }
});

test('no markers go out while results wait for a replay, and they do when it has ended', async () => {
  const { sql } = database;
  const poll = await somePoll(sql, { expiredAt: Date.now() - MINUTE_MS });
  const sentTo: string[] = [];
  const noting: Producer = {
    ...producer,
    produce: (topic, ...rest) => {
      sentTo.push(topic);
      return producer.produce(topic, ...rest);
    },
  };
  const close = () =>
    runDueWork(
      { database: databaseOn(sql), producer: noting, kafka: config, countPartitions },
      monotonicMs(),
    );
  await sql`delete from partition_progress`;
  const replayId = await beginReplay(sql, Date.now());
  expect(await close()).toBe(1);
  expect(sentTo).not.toContain(topics.votes);
  expect(await endReplay(sql, replayId)).toEqual([]);
  while ((await close()) > 0);
  expect(sentTo).toContain(topics.votes);
  expect(await findPoll(sql, poll.id, Date.now())).toMatchObject({ is_final: true });
});

describe('the scheduled function', () => {
  /** Notes when the fan-out is told of which poll. */
  function overhear(toldAt: Map<string, number>, produce: Producer['produce'] = producer.produce): Producer {
    return {
      ...producer,
      produce: async (topic, records, deadline) => {
        const places = await produce(topic, records, deadline);
        for (const { value } of topic === topics.standings ? records : []) {
          const record = decodeStandings(value?.toString('base64'));
          if (record.type === 'polls') for (const id of record.pollIds) toldAt.set(id, Date.now());
        }
        return places;
      },
    };
  }

  test('notifies viewers within a second after a poll opened or ended', async () => {
    const { sql } = database;
    const turn = Date.now() + 300;
    const until = deadlineIn(1_300);
    const opening = await somePoll(sql, { opensAt: turn });
    const ending = await somePoll(sql, { expiredAt: turn });
    const toldAt = new Map<string, number>();
    await runDueWork(
      { database: databaseOn(sql), producer: overhear(toldAt), kafka: config, countPartitions },
      until,
    );
    for (const { id } of [opening, ending]) {
      expect(toldAt.get(id)).toBeGreaterThanOrEqual(turn);
      expect(toldAt.get(id)).toBeLessThan(turn + 1_000);
    }
  });

  test('continues when Kafka recovers', async () => {
    const { sql } = database;
    const ended = await somePoll(sql, { expiredAt: Date.now() - 1 });
    const toldAt = new Map<string, number>();
    let faults = 1;
    const shaky = overhear(toldAt, (...order) =>
      faults-- > 0 ? Promise.reject(new UnavailableError('Kafka is away.')) : producer.produce(...order),
    );
    await runDueWork(
      { database: databaseOn(sql), producer: shaky, kafka: config, countPartitions },
      deadlineIn(3_000),
    );
    expect([...toldAt.keys()]).toContain(ended.id);
  });

  test('fails if Kafka is still unavailable at its end', async () => {
    const { sql } = database;
    await somePoll(sql, { expiredAt: Date.now() - 1 });
    const away = overhear(new Map(), () => Promise.reject(new UnavailableError('Kafka is away.')));
    await expect(
      runDueWork(
        { database: databaseOn(sql), producer: away, kafka: config, countPartitions },
        monotonicMs(),
      ),
    ).rejects.toThrow('Kafka is away.');
  });
});
