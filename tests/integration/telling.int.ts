import { resolve } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import type { MSKEvent, MSKRecord } from 'aws-lambda';
import type { EachMessagePayload } from 'kafkajs';
import { kafkaConfig } from '../../lib/config.ts';
import { PoisonRecordError, UnavailableError } from '../../lib/errors.ts';
import { createTopics } from '../../lib/kafka/createTopics.ts';
import { readDeadLetter } from '../../lib/kafka/deadLetter.ts';
import type { Producer, SettlingProducer } from '../../lib/kafka/producer.ts';
import { topics } from '../../lib/kafka/topics.ts';
import { deletePoll } from '../../lib/sql/deletePoll.ts';
import { findPoll } from '../../lib/sql/findPoll.ts';
import type { findVoteFacts } from '../../lib/sql/voteFacts.ts';
import { type FreshDatabase, freshDatabase } from '../support/database/database.ts';
import { someBallot, somePoll } from '../support/database/polls.ts';
import { untilLockIsAwaited } from '../support/database/untilLockIsAwaited.ts';
import { awaitedBy, readTopic, shardsTold, votesRecord, wordsFor } from '../support/kafka/votesRecords.ts';
import { environmentOn, loadHandler } from '../support/lambda/loadHandler.ts';
import { captureLines } from '../support/metrics/captureStdout.ts';
import { type Faults, shakeModule, shaky } from '../support/servers/shaky.ts';

const SHARDS = 2;
const LIB = resolve(import.meta.dirname, '../../lib');

let database: FreshDatabase;
let invoke: (...batches: MSKRecord[][]) => Promise<unknown>;
let producing: Faults<Producer['produce']>;
let findingFacts: Faults<typeof findVoteFacts>;
const brokers = () => (process.env['TEST_KAFKA_BROKERS'] ?? '').split(',');
const away = () => new UnavailableError('Kafka is away.');

/** Kafka's producer as it is, but for the faults that a test asks for. */
async function shakeProducer(): Promise<void> {
  const path = `${LIB}/kafka/producer.ts`;
  const real = await import(path);
  jest.unstable_mockModule(path, () => ({
    ...real,
    createProducer: (...args: unknown[]) => {
      const producer: SettlingProducer = real.createProducer(...args);
      const { shaken, faults } = shaky(producer.produce);
      producing = faults;
      const settle: SettlingProducer['settle'] = (topic, records, deadline) =>
        shaken(topic, records, deadline).catch((error) => records.map(() => error));
      return { ...producer, produce: shaken, settle };
    },
  }));
}

beforeAll(async () => {
  database = await freshDatabase();
  const env = { ...environmentOn(database), STANDINGS_PARTITIONS: `${SHARDS}` };
  await createTopics(kafkaConfig(env));
  await shakeProducer();
  findingFacts = await shakeModule(`${LIB}/sql/voteFacts.ts`, 'findVoteFacts');
  const tally = await loadHandler<Pick<MSKEvent, 'records'>>('kafka/tallyVotes', env);
  invoke = (...batches) => {
    const records = Object.fromEntries(batches.map((batch) => [`votes-${batch[0]?.partition}`, batch]));
    return tally({ records });
  };
});
afterAll(() => database.end());

let printed: string[];
beforeEach(() => {
  printed = captureLines();
});
afterEach(() => {
  jest.restoreAllMocks();
  producing.fail(undefined);
  findingFacts.fail(undefined);
});

const read = (topic: string, found: (all: EachMessagePayload[]) => boolean) =>
  readTopic(brokers(), topic, found);
const isStated = (pollId: string) => (all: EachMessagePayload[]) => shardsTold(all, pollId).size === SHARDS;
const votesOf = async (pollId: string) => (await findPoll(database.sql, pollId, Date.now()))?.total_votes;

test('three thousand voters on one connection with long request ids are all notified', async () => {
  const poll = await somePoll(database.sql);
  // Twice as long in JSON.
  const requestId = (at: number) => `${at}`.padEnd(100, '"');
  const batch = Array.from({ length: 3_000 }, (_, at) =>
    votesRecord(someBallot(poll), 0, awaitedBy('crowd', requestId(at))),
  );
  await invoke(batch);
  expect(await votesOf(poll.id)).toBe(3_000);
  const all = await read(topics.standings, (seen) => wordsFor(seen, 'crowd').length >= 3_000);
  const told = wordsFor(all, 'crowd').map(({ message }) => 'request_id' in message && message.request_id);
  expect(new Set(told).size).toBe(3_000);
});

describe('a counted batch', () => {
  test('is done even if notifications fail; they are sent after the recovery', async () => {
    const [poll, next] = [await somePoll(database.sql), await somePoll(database.sql)];
    producing.fail((topic) => (topic === topics.standings ? away() : undefined));
    await invoke([votesRecord(someBallot(poll), 1, awaitedBy('patient', 'one'))]);
    await invoke([votesRecord(someBallot(poll), 1, awaitedBy('patient', 'two'))]);
    expect(await votesOf(poll.id)).toBe(2);
    producing.fail(undefined);
    await invoke([votesRecord(someBallot(next), 1)]);
    await read(topics.standings, isStated(poll.id));
    const all = await read(topics.standings, (seen) => wordsFor(seen, 'patient').length >= 2);
    expect(wordsFor(all, 'patient').map(({ message }) => message)).toMatchObject([
      { status: 'counted', request_id: 'one' },
      { status: 'counted', request_id: 'two' },
    ]);
    const lines = printed.map((line) => JSON.parse(line).message);
    expect(lines).toEqual(expect.arrayContaining(['Announcing polls failed.', 'Notifying voters failed.']));
  });

  test('is done even if Postgres does not return the outcomes; the voters are notified later', async () => {
    const poll = await somePoll(database.sql);
    let faults = 1;
    findingFacts.fail(() => (faults-- > 0 ? new UnavailableError('Postgres is away.') : undefined));
    await invoke([votesRecord(someBallot(poll), 2, awaitedBy('curious', 'one'))]);
    expect(await votesOf(poll.id)).toBe(1);
    await read(topics.standings, (seen) => wordsFor(seen, 'curious').length === 1);
  });

  test('is done even if another partition of the same event fails and is retried', async () => {
    const [poll, other] = [await somePoll(database.sql), await somePoll(database.sql)];
    // No integer of Postgres'.
    const broken = 3_000_000_000;
    const failing = invoke(
      [votesRecord(someBallot(poll), 3, awaitedBy('lucky', 'one'))],
      [votesRecord(someBallot(other), broken)],
    );
    await expect(failing).rejects.toThrow('out of range');
    await read(topics.standings, isStated(poll.id));
    await read(topics.standings, (seen) => wordsFor(seen, 'lucky').length === 1);
  });
});

test('a voter is notified once for each vote, however often its batch is repeated', async () => {
  const [poll, last] = [await somePoll(database.sql), await somePoll(database.sql)];
  const batch = [votesRecord(someBallot(poll), 4, awaitedBy('once', 'one'))];
  for (let times = 0; times < 3; times += 1) await invoke(batch);
  await invoke([votesRecord(someBallot(last), 4, awaitedBy('once', 'two'))]);
  const isLast = (all: EachMessagePayload[]) =>
    wordsFor(all, 'once').some(({ message }) => 'request_id' in message && message.request_id === 'two');
  expect(wordsFor(await read(topics.standings, isLast), 'once')).toHaveLength(2);
});

test('each copy of a vote names it in its outcome, so that the voter receives one', async () => {
  const poll = await somePoll(database.sql);
  const [ballot, place, other] = [someBallot(poll), someBallot(poll), someBallot(poll)];
  const copy = { ...ballot, offset: place.offset, appendTime: place.appendTime };
  const votes = [ballot, copy, other].map((one) => votesRecord(one, 8, awaitedBy('copied', 'one')));
  for (const vote of votes) await invoke([vote]);
  const all = await read(topics.standings, (seen) => wordsFor(seen, 'copied').length >= 3);
  const named = wordsFor(all, 'copied').map(({ vote }) => vote);
  expect(named).toEqual([named[0], named[0], named[2]]);
  expect(new Set(named).size).toBe(2);
});

test('a poll deleted during counting causes no retry, and logs a line without SQL', async () => {
  const { sql } = database;
  const [going, staying] = [await somePoll(sql), await somePoll(sql)];
  const counting = await sql.begin(async (transaction) => {
    await deletePoll(transaction, going.id);
    const invocation = invoke([votesRecord(someBallot(going), 5), votesRecord(someBallot(staying), 5)]);
    await untilLockIsAwaited(sql);
    return { invocation };
  });
  expect(await counting.invocation).toEqual({ batchItemFailures: [] });
  expect(await votesOf(staying.id)).toBe(1);
  expect(printed.map((line) => JSON.parse(line).message)).toEqual([
    'A poll was deleted while its votes were counted; counting the batch again.',
  ]);
});

describe('an unreadable record', () => {
  const unreadable = (partition: number, bytes: number) =>
    votesRecord(someBallot({ id: 'x'.repeat(36), allowChange: false }), partition, {
      value: Buffer.alloc(bytes, 'x').toString('base64'),
      headers: [{ original_place: [...Buffer.alloc(5_000, 'y')] }],
    });

  test('is dead-lettered as far as it fits, however large it is', async () => {
    const poll = await somePoll(database.sql);
    const huge = unreadable(6, 1_048_400);
    await invoke([huge, votesRecord(someBallot(poll), 6)]);
    expect(await votesOf(poll.id)).toBe(1);
    const isIt = ({ message }: EachMessagePayload) => readDeadLetter(message).stoodAt?.offset === huge.offset;
    const all = await read(topics.deadLetters, (seen) => seen.some(isIt));
    expect(all.find(isIt)?.message.value?.length).toBe(800_000);
  });

  test('is skipped if votes.dlq never accepts it, and the others are dead-lettered', async () => {
    const poll = await somePoll(database.sql);
    const [refused, taken] = [unreadable(7, 77), unreadable(7, 78)];
    producing.fail((topic, records) => {
      const isRefused = topic === topics.deadLetters && records.some(({ value }) => value?.length === 77);
      return isRefused ? new PoisonRecordError('Too large.') : undefined;
    });
    await invoke([refused, taken, votesRecord(someBallot(poll), 7)]);
    expect(await votesOf(poll.id)).toBe(1);
    const isTaken = ({ message }: EachMessagePayload) =>
      readDeadLetter(message).stoodAt?.offset === taken.offset;
    await read(topics.deadLetters, (seen) => seen.some(isTaken));
    expect(printed.join('\n')).toContain(
      'Vote records were skipped, because the dead-letter topic rejects them.',
    );
  });
});
