import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { deadlineIn, monotonicMs } from '../../lib/clock.ts';
import { kafkaConfig } from '../../lib/config.ts';
import { UnavailableError, UnsendableError } from '../../lib/errors.ts';
import { kafkaClient } from '../../lib/kafka/client.ts';
import { createTopics } from '../../lib/kafka/createTopics.ts';
import { createProducer, type Producer } from '../../lib/kafka/producer.ts';
import { decodeStandings } from '../../lib/kafka/standingsRecord.ts';
import { topics } from '../../lib/kafka/topics.ts';
import { announceOpenings } from '../../lib/polls/announceChanges.ts';
import { runDueWork } from '../../lib/polls/dueWork.ts';
import { type FreshDatabase, freshDatabase } from '../support/database/database.ts';
import { databaseOn } from '../support/database/databaseOn.ts';
import { manyPolls } from '../support/database/manyPolls.ts';
import { passMark, somePoll } from '../support/database/polls.ts';
import { captureLines } from '../support/metrics/captureStdout.ts';
import { shaky } from '../support/servers/shaky.ts';

// What named all of them was more than a broker takes in one record.
const POLLS = 28_000;
const MINUTE_MS = 60_000;

let database: FreshDatabase;
let kafka: Producer;
let printed: string[];

const config = kafkaConfig({ KAFKA_BROKERS: process.env['TEST_KAFKA_BROKERS'], KAFKA_REPLICATION: '1' });

beforeAll(async () => {
  database = await freshDatabase();
  // Nobody searches here, and it takes most of the time that thousands of polls take to be made.
  await database.sql`drop index questions_by_pieces`;
  await createTopics(config);
  kafka = createProducer(kafkaClient(config), '');
});
afterAll(async () => {
  await kafka.disconnect();
  await database.end();
});
beforeEach(async () => {
  printed = captureLines();
  await database.sql`truncate polls, options, tallies, webhooks, partition_progress cascade`;
});
afterEach(() => {
  jest.restoreAllMocks();
});

/** Kafka's producer, which notes what it has taken and fails as a test asks. Votes are counted past its markers. */
function overheard() {
  const { shaken, faults } = shaky(kafka.produce);
  const told: string[] = [];
  const taken: string[] = [];
  const produce: Producer['produce'] = async (topic, records, deadline) => {
    const places = await shaken(topic, records, deadline);
    taken.push(topic);
    for (const [at, { partition = 0, headers }] of topic === topics.votes ? records.entries() : []) {
      // Counted at once.
      const mark = { number: Number(headers?.['mark']), appendTime: places[at]?.appendTime ?? 0 };
      await passMark(database.sql, partition, mark);
    }
    for (const { value, partition } of topic === topics.standings && records ? records : []) {
      const record = decodeStandings(value?.toString('base64'));
      if (partition === 0 && record.type === 'polls') told.push(...record.pollIds);
    }
    return places;
  };
  return { producer: { ...kafka, produce }, faults, told, taken };
}

const countPartitions = async () => config.votesPartitions;

const look = (producer: Producer) =>
  runDueWork({ database: databaseOn(database.sql), producer, kafka: config, countPartitions }, monotonicMs());

const unannounced = () => database.sql`select from unannounced_polls limit 1`;

async function untilDone(producer: Producer): Promise<void> {
  const isOpen = async () => (await look(producer)) > 0 || (await unannounced()).length > 0;
  while (await isOpen());
}

const said = () => printed.map((line) => JSON.parse(line));
const failed = () => said().flatMap(({ message }) => (message.endsWith(' failed.') ? [message] : []));

describe('28,000 polls', () => {
  test('that are unannounced are all announced, and delay no other poll', async () => {
    const { sql } = database;
    const endsAt = Date.now() - MINUTE_MS;
    const polls = await manyPolls(sql, POLLS, { endsAt, isFinal: true });
    const other = await somePoll(sql, { expiredAt: endsAt, webhookUrl: 'https://example.com/' });
    const { producer, told, taken } = overheard();
    await untilDone(producer);
    expect(new Set(told)).toEqual(new Set([...polls, other.id]));
    expect(await sql`select from polls where not is_final`).toEqual([]);
    expect(taken).toContain(topics.webhooks);
    // Those that were noted are not told again.
    expect(told.length).toBeLessThan(POLLS + 10);
  });

  test('that open at once are announced', async () => {
    const now = Date.now();
    const polls = await manyPolls(database.sql, POLLS, { opensAt: now - 100, endsAt: now + 60 * MINUTE_MS });
    const { producer, told } = overheard();
    const opening = {};
    const announce = () =>
      announceOpenings(database.sql, producer, config.standingsPartitions, opening, deadlineIn(5_000));
    while (told.length < POLLS) await announce();
    await announce();
    expect([...told].sort()).toEqual([...polls].sort());
  });
});

test('that end at once are closed and final, with the webhook of the last', async () => {
  const { sql } = database;
  await manyPolls(sql, 2_500, { endsAt: Date.now() - MINUTE_MS });
  await somePoll(sql, { expiredAt: Date.now() - MINUTE_MS + 1, webhookUrl: 'https://example.com/' });
  const { producer, taken } = overheard();
  await untilDone(producer);
  expect(await sql`select from polls where not (is_closed and is_final)`).toEqual([]);
  expect(await unannounced()).toEqual([]);
  expect(taken).toContain(topics.webhooks);
});

describe('the scheduled work', () => {
  /** A poll whose final result and webhook are due. */
  const endedPoll = async () => {
    const ended = { expiredAt: Date.now() - MINUTE_MS, webhookUrl: 'https://example.com/' };
    const poll = await somePoll(database.sql, ended);
    return poll;
  };

  test('continues if viewers cannot be notified', async () => {
    await endedPoll();
    const { producer, faults, taken } = overheard();
    faults.fail((topic) => (topic === topics.standings ? new UnavailableError('Kafka is away.') : undefined));
    await expect(look(producer)).rejects.toThrow('Kafka is away.');
    expect(await database.sql`select from polls where is_final`).toHaveLength(1);
    expect(taken).toContain(topics.webhooks);
    expect(failed()).toEqual(['Announcing changes failed.', 'Announcing results failed.']);
  });

  test('notifies viewers even if markers cannot be sent', async () => {
    const poll = await somePoll(database.sql, { expiredAt: Date.now() - MINUTE_MS });
    const { producer, faults, told } = overheard();
    faults.fail((topic) => (topic === topics.votes ? new UnavailableError('Kafka is away.') : undefined));
    await expect(look(producer)).rejects.toThrow('Kafka is away.');
    expect(told).toContain(poll.id);
    expect(failed()).toEqual(['Making results final failed.']);
  });

  test('notifies viewers even if webhooks cannot be sent and openings cannot be read', async () => {
    const poll = await endedPoll();
    const { sql } = database;
    const { producer, told } = overheard();
    await sql`alter table webhooks rename column due_at to due`;
    await sql`alter table polls rename column opens_at to opens`;
    const failing = look(producer);
    await expect(failing).rejects.toThrow('"opens_at" does not exist');
    await sql`alter table webhooks rename column due to due_at`;
    await sql`alter table polls rename column opens to opens_at`;
    expect(told).toContain(poll.id);
  });

  test('skips what Kafka never accepts, and logs the name of its error', async () => {
    await endedPoll();
    const { producer, faults } = overheard();
    faults.fail((topic) => (topic === topics.standings ? new UnsendableError('Too large.') : undefined));
    await untilDone(producer);
    expect(await unannounced()).toEqual([]);
    const error = expect.objectContaining({ name: 'UnsendableError', message: 'Too large.' });
    expect(said()).toContainEqual(expect.objectContaining({ level: 'error', error }));

    faults.fail(() => undefined);
    await endedPoll();
    await untilDone(producer);
    const message = expect.stringMatching(/^Announcing poll changes works again/);
    expect(said()).toContainEqual(expect.objectContaining({ message }));
  });
});
