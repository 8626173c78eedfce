import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { MSKEvent, MSKRecord } from 'aws-lambda';
import type { EachMessagePayload } from 'kafkajs';
import { v7 } from 'uuid';
import { deadlineIn } from '../../lib/clock.ts';
import { kafkaConfig } from '../../lib/config.ts';
import { shardOf } from '../../lib/domain/shard.ts';
import { MARKER } from '../../lib/kafka/ballotRecord.ts';
import { createTopics } from '../../lib/kafka/createTopics.ts';
import { topics } from '../../lib/kafka/topics.ts';
import { deleteLeftVotes, deletePoll } from '../../lib/sql/deletePoll.ts';
import { findPoll } from '../../lib/sql/findPoll.ts';
import { findUnknownPolls } from '../../lib/sql/redriven.ts';
import { unknownPollRecordFinder } from '../../lib/votes/deadLetters.ts';
import { type FreshDatabase, freshDatabase } from '../support/database/database.ts';
import { someBallot, somePoll } from '../support/database/polls.ts';
import {
  awaitedBy,
  readTopic,
  votesRecord as record,
  shardsTold,
  wordsFor,
} from '../support/kafka/votesRecords.ts';
import { environmentOn, loadHandler } from '../support/lambda/loadHandler.ts';

const SHARDS = 2;

let database: FreshDatabase;
let invoke: (...batches: MSKRecord[][]) => Promise<unknown>;
const brokers = () => (process.env['TEST_KAFKA_BROKERS'] ?? '').split(',');

beforeAll(async () => {
  database = await freshDatabase();
  const env = { ...environmentOn(database), STANDINGS_PARTITIONS: `${SHARDS}` };
  await createTopics(kafkaConfig(env));
  const tally = await loadHandler<Pick<MSKEvent, 'records'>>('kafka/tallyVotes', env);
  invoke = (...batches) => {
    const records = Object.fromEntries(batches.map((batch) => [`votes-${batch[0]?.partition}`, batch]));
    return tally({ records });
  };
});
afterAll(() => database.end());

const read = (topic: string, found: (all: EachMessagePayload[]) => boolean) =>
  readTopic(brokers(), topic, found);
const tellOf = (pollId: string) => (all: EachMessagePayload[]) => shardsTold(all, pollId).size === SHARDS;

test('an event of several partitions is counted, and every shard is notified of its polls', async () => {
  const [one, other] = [await somePoll(database.sql), await somePoll(database.sql)];
  const response = await invoke(
    [record(someBallot(one), 0), record(someBallot(other), 0)],
    [record(someBallot(one), 5)],
  );
  expect(response).toEqual({ batchItemFailures: [] });
  expect(await findPoll(database.sql, one.id, Date.now())).toMatchObject({ total_votes: 2 });
  await read(topics.standings, tellOf(one.id));
  await read(topics.standings, tellOf(other.id));
});

test('unreadable records are copied to votes.dlq and delay no other', async () => {
  const poll = await somePoll(database.sql);
  const base64 = (text: string) => Buffer.from(text).toString('base64');
  const poison: Partial<MSKRecord>[] = [
    { key: base64('who?'), value: base64('{"option":1}') },
    { value: '' },
    { key: '' },
    { value: Buffer.alloc(33, 0xff).toString('base64') },
  ];
  const unreadable = poison.map((changes) => record(someBallot(poll), 3, changes));
  await invoke([record(someBallot(poll), 3), ...unreadable, record(someBallot(poll), 3)]);
  expect(await findPoll(database.sql, poll.id, Date.now())).toMatchObject({ total_votes: 2 });
  const [first] = unreadable;
  // Other tests set records aside in the same log.
  const isFirst = ({ message: { headers } }: EachMessagePayload) =>
    `${headers?.['offset']} ${headers?.['append_time']}` === `${first?.offset} ${first?.timestamp}`;
  const all = await read(topics.deadLetters, (seen) => seen.some(isFirst));
  const letter = all.find(isFirst)?.message;
  expect(letter?.value?.toString()).toBe('{"option":1}');
  expect(letter?.key?.toString()).toBe('who?');
  const headers = Object.entries(letter?.headers ?? {}).map(([name, value]) => [name, `${value}`]);
  expect(Object.fromEntries(headers)).toEqual({
    reason: 'The key has 4 bytes.',
    topic: 'votes',
    partition: '3',
    offset: `${first?.offset}`,
    append_time: `${first?.timestamp}`,
  });
});

test('a ballot of a poll that never existed here is dead-lettered, one of a deleted poll is not', async () => {
  const { sql } = database;
  const [poll, deleted, former] = [await somePoll(sql), await somePoll(sql), await somePoll(sql)];
  await deletePoll(sql, former.id);
  await sql`update deleted_polls set is_announced = true, deleted_at = now() - interval '2 hours'`;
  await deleteLeftVotes(sql, deadlineIn(60_000));
  await deletePoll(sql, deleted.id);
  const ofUnknownPoll = record(someBallot({ id: v7(), allowChange: false }), 4);
  const rejected = [deleted, former].map((one) => record(someBallot(one), 4));
  const last = record(someBallot(poll), 4, { value: '' });
  const batch = [record(someBallot(poll), 4), ofUnknownPoll, ...rejected, last];
  await invoke(batch);
  // Its invocation failed for another partition.
  await invoke(batch);
  const next = record(someBallot(poll), 4, { value: '' });
  await invoke([next]);
  expect(await findPoll(sql, poll.id, Date.now())).toMatchObject({ total_votes: 1 });

  const headers = ({ message }: EachMessagePayload) => message.headers ?? {};
  const ours = (all: EachMessagePayload[]) => all.filter((one) => `${headers(one)['partition']}` === '4');
  const isNext = (one: EachMessagePayload) => `${headers(one)['offset']}` === `${next.offset}`;
  const letters = ours(await read(topics.deadLetters, (all) => ours(all).some(isNext)));
  expect(letters.map((one) => [`${headers(one)['offset']}`, `${headers(one)['reason']}`])).toEqual([
    [`${last.offset}`, 'The value has 0 bytes and begins with undefined.'],
    [`${ofUnknownPoll.offset}`, 'The poll of this vote never existed in this database.'],
    [`${next.offset}`, 'The value has 0 bytes and begins with undefined.'],
  ]);
  const [letter] = letters.slice(1);
  expect(letter?.message.value?.toString('base64')).toBe(ofUnknownPoll.value);
  expect(letter?.message.key?.toString('base64')).toBe(ofUnknownPoll.key);
});

test('a poll is looked up once for all its ballots, and an unknown poll each time until it exists', async () => {
  const { sql } = database;
  const [poll, unknownId] = [await somePoll(sql), v7()];
  const lookups: string[][] = [];
  const findUnknownPollRecords = unknownPollRecordFinder(async (_, pollIds) => {
    lookups.push(pollIds);
    return findUnknownPolls(sql, pollIds);
  });
  const ids = [poll.id, unknownId].map((id) => id.replaceAll('-', ''));
  const records = [poll.id, unknownId].map((id) => record(someBallot({ id, allowChange: false }), 7));
  for (let batch = 0; batch < 3; batch++) {
    expect(await findUnknownPollRecords(sql, records, ids)).toEqual([
      { record: records[1], reason: expect.any(String) },
    ]);
  }
  expect(lookups).toEqual([ids, ids.slice(1), ids.slice(1)]);
});

test('a voter waiting over WebSocket is notified on the shard of the connection', async () => {
  const poll = await somePoll(database.sql);
  const ballot = someBallot(poll);
  const again = { ...someBallot(poll), voterKey: ballot.voterKey };
  await invoke([
    record(ballot, 2, awaitedBy('phone', 'first')),
    record(again, 2, awaitedBy('phone', 'second')),
  ]);

  const all = await read(topics.standings, (seen) => wordsFor(seen, 'phone').length >= 2);
  const common = { type: 'VOTE_STATUS', poll_id: poll.id, receipt: expect.any(String) };
  expect(wordsFor(all, 'phone')).toEqual([
    {
      connectionId: 'phone',
      partition: shardOf('phone', SHARDS),
      message: { ...common, status: 'counted', request_id: 'first' },
      vote: `${ballot.voterKey} ${ballot.acceptedAt}`,
    },
    {
      connectionId: 'phone',
      partition: shardOf('phone', SHARDS),
      message: { ...common, status: 'rejected', reason: 'already_voted', request_id: 'second' },
      vote: `${again.voterKey} ${again.acceptedAt}`,
    },
  ]);
});

test('a marker only moves the progress of its partition', async () => {
  const poll = await somePoll(database.sql);
  const marker = { key: '', value: MARKER.toString('base64') };
  const numbered = (mark: number) => {
    const headers = [{ mark: [...Buffer.from(`${mark}`)] }];
    return record(someBallot(poll), 9, { ...marker, headers });
  };
  const last = record(someBallot(poll), 9, marker);
  await invoke([numbered(7), last]);
  const progress = async () => {
    const [row] = await database.sql`
      select append_time, log_offset, mark, marked_at from partition_progress where partition = 9`;
    return row;
  };
  const moved = { append_time: last.timestamp, log_offset: last.offset, mark: 7 };
  expect(await progress()).toMatchObject(moved);
  // A batch that is seen again, and a marker after Kafka's clock was set back.
  await invoke([numbered(6)]);
  await invoke([{ ...numbered(8), timestamp: 1_000 }]);
  expect(await progress()).toMatchObject({ mark: 8, marked_at: 1_000 });
  expect((await progress())?.['append_time']).toBeGreaterThanOrEqual(last.timestamp);
});

test('a database error fails the invocation, and the same event counts once afterwards', async () => {
  const { sql } = database;
  const poll = await somePoll(sql);
  const batch = [record(someBallot(poll), 1), record(someBallot(poll), 1)];
  await sql`alter table votes rename to votes_away`;
  await expect(invoke(batch)).rejects.toMatchObject({
    cause: { message: expect.stringContaining('"votes" does not exist') },
  });
  await sql`alter table votes_away rename to votes`;
  await invoke(batch);
  await invoke(batch);
  expect(await findPoll(sql, poll.id, Date.now())).toMatchObject({ total_votes: 2, version: 2 });
});
