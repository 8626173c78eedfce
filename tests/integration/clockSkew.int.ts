import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { monotonicMs } from '../../lib/clock.ts';
import { kafkaConfig, signingKeys } from '../../lib/config.ts';
import type { HttpEvent, HttpResponse } from '../../lib/http/respond.ts';
import type { OutgoingRecord, Producer } from '../../lib/kafka/producer.ts';
import { decodeStandings } from '../../lib/kafka/standingsRecord.ts';
import { topics } from '../../lib/kafka/topics.ts';
import { changePoll } from '../../lib/polls/changePoll.ts';
import { cleanUp } from '../../lib/polls/cleanUp.ts';
import { runDueWork } from '../../lib/polls/dueWork.ts';
import { readPollSnapshots } from '../../lib/realtime/pollSnapshots.ts';
import { createDelivery } from '../../lib/webhooks/attempts.ts';
import { type FreshDatabase, freshDatabase } from '../support/database/database.ts';
import { databaseOn } from '../support/database/databaseOn.ts';
import { aPoll, makeFinal, passMark, somePoll } from '../support/database/polls.ts';
import { httpEvent } from '../support/http/httpEvent.ts';
import { environmentOn, loadHandler, SIGNING_KEYS } from '../support/lambda/loadHandler.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
/** Clocks of tests and of Postgres differ by less, waiting included. */
const SOON_MS = 5_000;

/** The clock that Postgres and Kafka have here. */
const realNow = Date.now.bind(Date);
const config = kafkaConfig({ KAFKA_BROKERS: 'none:9092', KAFKA_REPLICATION: '1' });
const URL = 'https://hooks.example/';

let database: FreshDatabase;
let createPoll: (event: HttpEvent) => Promise<HttpResponse>;

beforeAll(async () => {
  database = await freshDatabase();
  createPoll = await loadHandler('http/createPoll', environmentOn(database));
});
afterAll(() => database.end());
beforeEach(async () => {
  jest.spyOn(process.stdout, 'write').mockImplementation(() => true);
  await database.sql`truncate polls, options, tallies, webhooks, votes, partition_progress, creations, deleted_polls cascade`;
});
afterEach(() => {
  jest.restoreAllMocks();
});

const setClock = (aheadMs: number) => jest.spyOn(Date, 'now').mockImplementation(() => realNow() + aheadMs);

/** Runs the due work once.
 * @returns the polls that viewers are notified of, and those whose webhooks are handed out */
async function lookOnce() {
  const told = new Set<string>();
  const handedOut: string[] = [];
  const produce = async (topic: string, records: OutgoingRecord[]) => {
    for (const { value, headers } of records) {
      const record = topic === topics.standings ? decodeStandings(value?.toString('base64')) : undefined;
      if (record?.type === 'polls') for (const id of record.pollIds) told.add(id);
      if (topic === topics.webhooks) handedOut.push(JSON.parse(`${value}`).pollId);
      // Counted at once; Kafka's clock is far ahead.
      const number = Number(headers?.['mark']);
      if (topic === topics.votes)
        await passMark(database.sql, 0, { number, appendTime: realNow() + 5 * DAY_MS });
    }
    return [];
  };
  const producer: Producer = { produce, disconnect: async () => {} };
  await runDueWork(
    { database: databaseOn(database.sql), producer, kafka: config, countPartitions: async () => 1 },
    monotonicMs(),
  );
  return { told, handedOut };
}

/** As if all votes up to this time were counted. */
const statesOf = async () =>
  Object.fromEntries(
    (await database.sql`select poll_id, is_closed, is_final from polls`).map((row) => [
      row['poll_id'],
      [row['is_closed'], row['is_final']],
    ]),
  );

describe.each([
  ['ahead', 2 * DAY_MS],
  ['behind', -2 * DAY_MS],
])('a machine whose clock is %s', (_, aheadMs) => {
  test('opens, closes and finishes the polls that are due, and no others', async () => {
    const { sql } = database;
    const now = realNow();
    const soon = { expiredAt: now + HOUR_MS };
    const [open, ahead] = [
      await somePoll(sql, soon),
      await somePoll(sql, { ...soon, opensAt: now + MINUTE_MS }),
    ];
    const opened = await somePoll(sql, { ...soon, opensAt: now - 1_000 });
    const [ended, over] = [
      await somePoll(sql, { expiredAt: now - 1_000 }),
      await somePoll(sql, { expiredAt: now - MINUTE_MS, webhookUrl: URL }),
    ];
    setClock(aheadMs);
    const { told, handedOut } = await lookOnce();
    expect(await statesOf()).toEqual({
      [open.id]: [false, false],
      [ahead.id]: [false, false],
      [opened.id]: [false, false],
      [ended.id]: [true, false],
      [over.id]: [true, true],
    });
    expect(told).toEqual(new Set([opened.id, ended.id, over.id]));
    expect(handedOut).toEqual([over.id]);
    const lease = await sql`
      select due_at between now() + interval '4 minutes' and now() + interval '5 minutes' as is_as_long from webhooks`;
    expect(lease).toEqual([{ is_as_long: true }]);
  });

  test('shows viewers the same status as the others', async () => {
    const { sql } = database;
    const now = realNow();
    const polls = [
      await somePoll(sql, { opensAt: now + HOUR_MS, expiredAt: now + 2 * HOUR_MS }),
      await somePoll(sql),
      await somePoll(sql, { expiredAt: now - 1 }),
    ];
    setClock(aheadMs);
    const reach = { postsPerSecond: 1_000 };
    const seen = await readPollSnapshots(
      sql,
      polls.map(({ id }) => id),
      reach,
    );
    const statusOf = new Map(seen.map(({ present }) => [present.pollId, present.status]));
    expect(polls.map(({ id }) => statusOf.get(id))).toEqual(['scheduled', 'open', 'closing']);
  });

  test('deletes only what is old', async () => {
    const { sql } = database;
    const [old, young] = [
      await somePoll(sql, { expiredAt: realNow() - DAY_MS - MINUTE_MS }),
      await somePoll(sql, { expiredAt: realNow() - DAY_MS + MINUTE_MS }),
    ];
    await makeFinal(sql);
    for (const hours of [25, 23]) {
      await sql`
        insert into creations (key_hash, request_hash, poll, created_at)
        values (${`${hours}`}, '', ${sql.json({ ...aPoll() })}, now() - ${hours}::integer * interval '1 hour')`;
    }
    setClock(aheadMs);
    await cleanUp(databaseOn(sql), { retainDays: 1, votesRetentionDays: 7 });
    expect(Object.keys(await statesOf())).toEqual([young.id]);
    expect(old.id).not.toBe(young.id);
    expect(await sql`select convert_from(key_hash, 'utf8') as hours from creations`).toEqual([
      { hours: '23' },
    ]);
  });

  test('closes a poll for its owner a second later, and gives a new one the life that was asked for', async () => {
    const { sql } = database;
    const poll = await somePoll(sql);
    setClock(aheadMs);
    const closed = (await changePoll(sql, poll.id, { closed: true })).poll;
    expect(closed.status).toBe('closing');
    expect(Math.abs(Date.parse(`${closed.closed_at}`) - realNow())).toBeLessThan(SOON_MS);
    expect((await statesOf())[poll.id]).toEqual([true, false]);

    const request = { question: 'Tea?', options: ['Yes', 'No'], expires_in: 3_600 };
    const headers = { 'content-type': 'application/json', 'idempotency-key': randomUUID() };
    const create = () => createPoll(httpEvent({ method: 'POST', headers, body: JSON.stringify(request) }));
    const made = JSON.parse(`${(await create()).body}`);
    expect(Math.abs(Date.parse(made.expired_at) - realNow() - HOUR_MS)).toBeLessThan(SOON_MS);
    jest.mocked(Date.now).mockRestore();
    expect(JSON.parse(`${(await create()).body}`)).toEqual(made);
  });

  test('repeats a failed webhook when its pause is over', async () => {
    const { sql } = database;
    const poll = await somePoll(sql, { expiredAt: realNow() - 1, webhookUrl: URL });
    await makeFinal(sql);
    const [{ version } = { version: 0 }] = await sql<{ version: number }[]>`
      select final_version as version from webhooks`;
    setClock(aheadMs);
    let timestamp = 0;
    const deliver = createDelivery({
      database: databaseOn(sql),
      keys: signingKeys({ SIGNING_KEYS }),
      post: async (_url, headers) => {
        timestamp = Number(headers['webhook-timestamp']) * 1_000;
        return { status: 500 };
      },
    });
    await deliver([{ pollId: poll.id, version, tries: 0 }]);
    const due = await sql`
      select due_at between now() + interval '50 seconds' and now() + interval '80 seconds' as is_as_asked from webhooks`;
    expect(due).toEqual([{ is_as_asked: true }]);
    expect(Math.abs(timestamp - realNow())).toBeLessThan(SOON_MS);
  });
});
