import { rmSync, statfsSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { MSKEvent } from 'aws-lambda';
import { until } from '../../lib/concurrency/deadline.ts';
import { kafkaConfig } from '../../lib/config.ts';
import { createTopics } from '../../lib/kafka/createTopics.ts';
import { connect, type Sql } from '../../lib/sql/client.ts';
import { configOf, type FreshDatabase, freshDatabase, makeTemplate } from '../support/database/database.ts';
import { someBallot } from '../support/database/polls.ts';
import {
  expectUnavailable,
  type HttpFunctions,
  loadHttpFunctions,
  type MadePoll,
} from '../support/http/httpFunctions.ts';
import { votesRecord } from '../support/kafka/votesRecords.ts';
import { environmentOn, loadHandler } from '../support/lambda/loadHandler.ts';
import { captureLines } from '../support/metrics/captureStdout.ts';
import { startPostgres, type TestPostgres } from '../support/servers/servers.ts';
import { mountDisk, testWithSmallDisk, unmountDisk } from '../support/servers/smallDisk.ts';

/** Not a superuser, for whom most limits do not hold. */
const ROLE = 'app';
const PASSWORD = 'app';
const CHANGED_WITHIN_MS = 10_000;
/** Longer than any statement of this test takes, shorter than functions wait. */
const STATEMENT_MS = 1_000;

let printed: string[];
let postgres: TestPostgres;
let database: FreshDatabase;
let admin: Sql;
let http: HttpFunctions;
let tally: (event: Pick<MSKEvent, 'records'>) => Promise<unknown>;

beforeAll(async () => {
  printed = captureLines();
  postgres = await startPostgres();
  await makeTemplate(postgres);
  database = await freshDatabase(postgres);
  admin = connect(configOf(postgres, 'postgres', 1));
  await admin.unsafe(`create role ${ROLE} login password '${PASSWORD}' in role ${postgres.user}`);
  const login = { POSTGRES_USER: ROLE, POSTGRES_PASSWORD: PASSWORD };
  const env = { ...environmentOn(database), ...login, VOTER_SECRET: 'a secret that no voter will ever see' };
  await createTopics(kafkaConfig(env));
  http = await loadHttpFunctions(env);
  tally = await loadHandler('kafka/tallyVotes', env);
});
afterAll(async () => {
  await Promise.all([admin?.end({ timeout: 0 }), database?.end()]);
  await postgres?.stop();
});

/** Changes the server or the database, and ends the functions' connections, as only new ones notice. */
async function change(statement: string): Promise<void> {
  await until(async () => {
    await admin`select pg_terminate_backend(pid) from pg_stat_activity where usename = ${ROLE}`;
    await admin.unsafe(statement.replaceAll('$database', database.config.database));
  }, CHANGED_WITHIN_MS);
  await admin`select pg_terminate_backend(pid, ${CHANGED_WITHIN_MS}) from pg_stat_activity where usename = ${ROLE}`;
}

/** Leaves no connection behind, of which a database that is to be renamed must have none. */
async function asOwner(work: (sql: Sql) => Promise<unknown>): Promise<void> {
  const sql = connect({ ...database.config, poolSize: 1 });
  await work(sql).finally(() => sql.end());
}

/** A batch with one ballot for this poll. */
function oneBallot({ id }: MadePoll): () => Promise<unknown> {
  const records = [votesRecord(someBallot({ id, allowChange: false }), 0)];
  return () => tally({ records: { 'votes-0': records } });
}

async function expectAllUnavailable(poll: MadePoll, count: () => Promise<unknown>): Promise<void> {
  expect((await http.vote(poll)).statusCode).toBe(202);
  await Promise.all([
    expectUnavailable(http.create()),
    expectUnavailable(http.read(poll)),
    expectUnavailable(http.close(poll)),
    expectUnavailable(http.ask('getLeaderboard')),
    // The event source tries again.
    expect(count()).rejects.toMatchObject({ code: 'unavailable' }),
  ]);
}

/** Nothing of what was printed is about an error of this software, or about dead letters.
 * @param code or several: `A|B` */
function expectNoErrors(code: string): void {
  const lines = printed.splice(0).join('');
  expect(lines).toMatch(new RegExp(`"code":"(?:${code})"`));
  expect(lines).not.toMatch(/"stack"|"level":"error"/);
}

/** The event source tries until it succeeds, as a client does: their first queries may notice ended connections. */
async function expectCounted(count: () => Promise<unknown>, poll: MadePoll, votes: number): Promise<void> {
  await until(count, CHANGED_WITHIN_MS);
  await until(async () => {
    const { statusCode, body } = await http.read(poll);
    expect(statusCode).toBe(200);
    expect(JSON.parse(body ?? '')).toMatchObject({ total_votes: votes });
  }, CHANGED_WITHIN_MS);
}

/** A poll that a ballot was counted in, so that every function has its connections. */
async function votedPoll(): Promise<MadePoll> {
  const poll = await until(http.makePoll, CHANGED_WITHIN_MS);
  await until(async () => expect((await http.vote(poll)).statusCode).toBe(202), CHANGED_WITHIN_MS);
  await expectCounted(oneBallot(poll), poll, 1);
  await http.expectHealthy();
  printed.splice(0);
  return poll;
}

describe('everything but votes for known polls answers 503, and is counted later,', () => {
  test.each([
    [
      '53300',
      'has no connections left',
      `role ${ROLE} connection limit 0`,
      `role ${ROLE} connection limit -1`,
    ],
    ['28000', 'refuses the role', `role ${ROLE} nologin`, `role ${ROLE} login`],
    ['28P01', 'has another password', `role ${ROLE} password 'other'`, `role ${ROLE} password '${PASSWORD}'`],
    [
      '55000',
      'admits nobody',
      'database $database allow_connections false',
      'database $database allow_connections true',
    ],
    [
      '3D000',
      'has a renamed database',
      'database $database rename to renamed',
      'database renamed rename to $database',
    ],
  ])('%s, while Postgres %s', async (code, _, begin, end) => {
    const poll = await votedPoll();
    const count = oneBallot(poll);
    await change(`alter ${begin}`);
    try {
      await expectAllUnavailable(poll, count);
      await http.expectUnhealthy({ postgres: 'unavailable', kafka: 'ok' });
    } finally {
      await change(`alter ${end}`);
    }
    expectNoErrors(code);
    await expectCounted(count, poll, 2);
    await http.expectHealthy();
  });

  test.each([
    ['statement_timeout', '57014'],
    // It ends the session, and clients see the end rather than 25P04.
    ['transaction_timeout', '25P04|CONNECTION_CLOSED|ECONNRESET|EPIPE'],
  ])('while statements exceed the %s', async (setting, code) => {
    const poll = await votedPoll();
    const count = oneBallot(poll);
    await asOwner((sql) =>
      sql.begin(async (tx) => {
        await tx`lock table polls in access exclusive mode`;
        await change(`alter database $database set ${setting} = ${STATEMENT_MS}`);
        await expectAllUnavailable(poll, count);
      }),
    );
    await change(`alter database $database reset ${setting}`);
    expectNoErrors(code);
    await expectCounted(count, poll, 2);
  });
});

test('/health says that no connections are left, though it is asked all the time', async () => {
  await http.expectHealthy();
  await admin.unsafe(`alter role ${ROLE} connection limit 0`);
  try {
    await http.expectUnhealthy({ postgres: 'unavailable', kafka: 'ok' });
  } finally {
    await admin.unsafe(`alter role ${ROLE} connection limit -1`);
  }
  await http.expectHealthy();
});

test('many requests for /health share a connection', async () => {
  const opened = async () => {
    const [row] = await admin<{ sessions: number }[]>`
      select sessions from pg_stat_database where datname = ${database.config.database}`;
    return row?.sessions ?? 0;
  };
  const before = await opened();
  const asked = 60;
  await Promise.all(Array.from({ length: asked }, () => http.ask('getHealth')));
  // The statistics may lag, so some of them are of earlier tests.
  expect((await opened()) - before).toBeLessThan(asked / 3);
});

const DISK_BYTES = 2 ** 20;

/** A small disk that the server may write to. */
async function mountServersDisk(): Promise<string> {
  const [row] = await admin<
    { folder: string }[]
  >`select setting as folder from pg_settings where name = 'data_directory'`;
  return mountDisk(DISK_BYTES, statSync(`${row?.folder}`));
}

async function leaveDisk(): Promise<void> {
  await change('alter database $database reset temp_tablespaces');
  await asOwner((sql) => sql`alter table polls set tablespace pg_default`);
  await admin`drop tablespace if exists small`;
}

testWithSmallDisk(
  'creating polls answers 503 and /health is unavailable, 53100, while the disk of Postgres is full',
  async () => {
    const poll = await votedPoll();
    const disk = await mountServersDisk();
    try {
      await admin.unsafe(`create tablespace small location '${disk}'`);
      await asOwner((sql) => sql`alter table polls set tablespace small`);
      await change("alter database $database set temp_tablespaces = 'small'");
      const { bavail, bsize } = statfsSync(disk);
      writeFileSync(join(disk, 'ballast'), Buffer.alloc(bavail * bsize));

      // The pages that the table has may have room for some polls.
      await until(() => expectUnavailable(http.create()), CHANGED_WITHIN_MS);
      expect((await http.read(poll)).statusCode).toBe(200);
      await http.expectUnhealthy({ postgres: 'unavailable', kafka: 'ok' });
      expectNoErrors('53100');

      rmSync(join(disk, 'ballast'));
      expect((await http.create()).statusCode).toBe(201);
      await http.expectHealthy();
    } finally {
      await leaveDisk().finally(() => unmountDisk(disk));
    }
  },
);
