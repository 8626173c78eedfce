import { randomBytes } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { MSKEvent } from 'aws-lambda';
import { until } from '../../lib/concurrency/deadline.ts';
import type { EventSource } from '../../lib/offline/event-source/eventSource.ts';
import { migrate } from '../../lib/sql/migrate.ts';
import { emptyDatabase, type FreshDatabase } from '../support/database/database.ts';
import { describeSchema } from '../support/database/describeSchema.ts';
import type { MadePoll } from '../support/http/api.ts';
import { httpEvent, type Request } from '../support/http/httpEvent.ts';
import { callWithRecords } from '../support/kafka/eventSource.ts';
import { type PreviousRelease, startPreviousRelease } from '../support/previous-release/release.ts';
import { operate } from '../support/system/operate.ts';

interface Answer<T> {
  status: number;
  body: T;
}

interface Read {
  status: string;
  total_votes: number;
  is_final: boolean;
}

const COUNTED_WITHIN_MS = 60_000;
const VOTERS_BEFORE = 20;
const VOTERS = 40;

const prefix = `upgrade-${randomBytes(4).toString('hex')}-`;
const brokers = (process.env['TEST_KAFKA_BROKERS'] ?? '').split(',');

let database: FreshDatabase;
let env: Record<string, string>;
let previous: PreviousRelease;
let tally: EventSource;
let poll: MadePoll;
const receipts: string[] = [];

beforeAll(async () => {
  database = await emptyDatabase();
  env = {
    POSTGRES_HOST: database.config.host,
    POSTGRES_PORT: `${database.config.port}`,
    POSTGRES_DB: database.config.database,
    KAFKA_BROKERS: brokers.join(','),
    KAFKA_TOPIC_PREFIX: prefix,
    KAFKA_REPLICATION: '1',
    VOTES_PARTITIONS: '2',
    STANDINGS_PARTITIONS: '1',
    SIGNING_KEYS: `k1:${'s'.repeat(32)}`,
    VOTER_SECRET: 'v'.repeat(32),
  };
  previous = await startPreviousRelease(env);
});
afterAll(async () => {
  await tally?.stop();
  await previous?.stop();
  await database?.end();
});

async function ask<T>(name: string, request: Request): Promise<Answer<T>> {
  const answer = await previous.invoke<{ statusCode: number; body?: string }>(name, httpEvent(request));
  return { status: answer.statusCode, body: JSON.parse(answer.body ?? 'null') };
}

const send = <T>(name: string, method: string, path: string, body: object, more: Request = {}) =>
  ask<T>(name, {
    ...more,
    method,
    path,
    headers: { 'content-type': 'application/json', ...more.headers },
    body: JSON.stringify(body),
  });

const ofPoll = () => ({ pathParameters: { id: poll.id } });
const read = async () => (await ask<Read>('getPoll', { path: `/polls/${poll.id}`, ...ofPoll() })).body;

async function vote(voter: number) {
  const ballot = { user_id: `voter ${voter}`, option_id: poll.options[voter % 2]?.option_id };
  const path = `/polls/${poll.id}/vote`;
  const answer = await send<{ receipt: string }>('castVote', 'POST', path, ballot, ofPoll());
  expect(answer.status).toBe(202);
  return answer.body.receipt;
}

async function voteAll(from: number, to: number): Promise<void> {
  const voters = Array.from({ length: to - from }, (_, at) => from + at);
  receipts.push(...(await Promise.all(voters.map(vote))));
}

const statusOf = (receipt: string) =>
  ask<{ status: string; reason?: string }>('getVote', {
    path: `/votes/${receipt}`,
    pathParameters: { receipt },
  });

test('the release before makes its schema, takes a poll and votes that nobody counts yet', async () => {
  expect(await previous.invoke('migrate', {})).toMatchObject({ migrations: previous.migrations, ahead: [] });
  const wanted = { question: 'Tea or coffee?', options: ['Tea', 'Coffee'], expires_in: 3600 };
  const made = await send<MadePoll>('createPoll', 'POST', '/polls', wanted);
  expect(made.status).toBe(201);
  poll = made.body;
  await voteAll(0, VOTERS_BEFORE);
});

test('its functions count those votes on the schema of this release, and go on casting, reading and closing', async () => {
  const later = readdirSync('lib/sql/migrations').sort().slice(previous.migrations.length);
  expect((await migrate(database.sql, prefix)).migrations).toEqual(later);

  tally = callWithRecords(
    brokers,
    `${prefix}votes`,
    (event: MSKEvent) => previous.invoke('tallyVotes', event),
    {
      reportBatchItemFailures: true,
    },
  );
  await tally.ready;
  await voteAll(VOTERS_BEFORE, VOTERS);
  const again = await vote(0);
  await until(async () => expect((await read()).total_votes).toBe(VOTERS), COUNTED_WITHIN_MS);
  await until(
    async () => expect(await statusOf(again)).toMatchObject({ body: { reason: 'already_voted' } }),
    COUNTED_WITHIN_MS,
  );
  for (const receipt of receipts)
    expect(await statusOf(receipt)).toMatchObject({ body: { status: 'counted' } });
  for (const [name, path] of [
    ['listPolls', '/polls'],
    ['getLeaderboard', '/leaderboard'],
  ] as const) {
    const { status, body } = await ask<{ data: unknown[] }>(name, { path });
    expect([name, status, body.data.length > 0]).toEqual([name, 200, true]);
  }

  // Until its process ends: it stays for a minute.
  previous.invoke('closeExpiredPolls', {}).catch(() => {});
  const headers = { authorization: `Bearer ${poll.admin_token}` };
  const closed = await send(
    'updatePoll',
    'PATCH',
    `/polls/${poll.id}`,
    { closed: true },
    { ...ofPoll(), headers },
  );
  expect(closed.status).toBe(200);
  await until(async () => expect((await read()).is_final).toBe(true), COUNTED_WITHIN_MS);
  const results = await ask<Read>('getResults', { path: `/polls/${poll.id}/results`, ...ofPoll() });
  expect(results).toMatchObject({ status: 200, body: { total_votes: VOTERS, is_final: true } });
  expect(await operate('reconcile', [], env)).toMatchObject({ exitCode: 0 });
});

test('a rollback runs its migrations on the newer schema, which changes nothing, and so does the next deployment', async () => {
  const schema = await describeSchema(database.sql);
  const ahead = readdirSync('lib/sql/migrations').sort().slice(previous.migrations.length);
  expect(await previous.invoke('migrate', {})).toMatchObject({ migrations: [], ahead });
  expect(await migrate(database.sql, prefix)).toEqual({ migrations: [], ahead: [] });
  expect(await describeSchema(database.sql)).toEqual(schema);
  expect((await read()).total_votes).toBe(VOTERS);
});
