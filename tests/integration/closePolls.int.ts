import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { MSKEvent } from 'aws-lambda';
import { kafkaConfig } from '../../lib/config.ts';
import { UnavailableError } from '../../lib/errors.ts';
import { encodeBallot } from '../../lib/kafka/ballotRecord.ts';
import { kafkaClient } from '../../lib/kafka/client.ts';
import { createTopics } from '../../lib/kafka/createTopics.ts';
import { createProducer, type Producer } from '../../lib/kafka/producer.ts';
import { decodeStandings } from '../../lib/kafka/standingsRecord.ts';
import { topics } from '../../lib/kafka/topics.ts';
import type { EventSource } from '../../lib/offline/event-source/eventSource.ts';
import { findPoll } from '../../lib/sql/findPoll.ts';
import { tallyBallots } from '../../lib/sql/tallyBallots.ts';
import { keepTime } from '../../lib/voting/keepTime.ts';
import { readBallots } from '../../lib/voting/readBallots.ts';
import { type FreshDatabase, freshDatabase } from '../support/database.ts';
import { callWithRecords } from '../support/eventSource.ts';
import { someBallot, somePoll } from '../support/polls.ts';

const VOTES = 50;
const MINUTE_MS = 60_000;

let database: FreshDatabase;
let producer: Producer;
let consumer: EventSource | undefined;

const brokers = (process.env['TEST_KAFKA_BROKERS'] ?? '').split(',');
const config = kafkaConfig({ KAFKA_BROKERS: brokers.join(','), KAFKA_REPLICATION: '1' });

beforeAll(async () => {
  database = await freshDatabase();
  await createTopics(config);
  producer = createProducer(kafkaClient(config));
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

test('results become final when the backlog is counted, with every vote that was accepted in time', async () => {
  const { sql } = database;
  const poll = await somePoll(sql, { expiredAt: Date.now() - MINUTE_MS });
  const inTime = (poll.expiredAt - 1) * 1_000;
  const ballots = Array.from({ length: VOTES }, () => someBallot(poll, { acceptedAt: inTime }));
  const records = ballots.map((ballot, at) => ({
    partition: at % config.votesPartitions,
    ...encodeBallot(ballot),
  }));
  await producer.produce(topics.votes, records);

  const close = () => keepTime({ sql, producer, kafka: config }, Date.now());
  expect(await close()).toBe(1);
  const closing = { status: 'closing', is_final: false, total_votes: 0 };
  expect(await findPoll(sql, poll.id, Date.now())).toMatchObject(closing);

  consumer = startCounting();
  while ((await close()) > 0);
  const final = { status: 'closed', is_final: true, total_votes: VOTES };
  expect(await findPoll(sql, poll.id, Date.now())).toMatchObject(final);
  expect(await sql`select from polls where announced_version < state_version`).toEqual([]);
});

describe('keeping time', () => {
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

  test('has viewers told within a second that a poll has opened or ended', async () => {
    const { sql } = database;
    const turn = Date.now() + 300;
    const opening = await somePoll(sql, { opensAt: turn });
    const ending = await somePoll(sql, { expiredAt: turn });
    const toldAt = new Map<string, number>();
    await keepTime({ sql, producer: overhear(toldAt), kafka: config }, turn + 1_000);
    for (const { id } of [opening, ending]) {
      expect(toldAt.get(id)).toBeGreaterThanOrEqual(turn);
      expect(toldAt.get(id)).toBeLessThan(turn + 1_000);
    }
  });

  test('goes on when Kafka is back', async () => {
    const { sql } = database;
    const ended = await somePoll(sql, { expiredAt: Date.now() - 1 });
    const toldAt = new Map<string, number>();
    let faults = 1;
    const shaky = overhear(toldAt, (...order) =>
      faults-- > 0 ? Promise.reject(new UnavailableError('Kafka is away.')) : producer.produce(...order),
    );
    await keepTime({ sql, producer: shaky, kafka: config }, Date.now() + 3_000);
    expect([...toldAt.keys()]).toContain(ended.id);
  });

  test('fails if it is still away at the end', async () => {
    const { sql } = database;
    await somePoll(sql, { expiredAt: Date.now() - 1 });
    const away = overhear(new Map(), () => Promise.reject(new UnavailableError('Kafka is away.')));
    await expect(keepTime({ sql, producer: away, kafka: config }, Date.now())).rejects.toThrow(
      'Kafka is away.',
    );
  });
});
