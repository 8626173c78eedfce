import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { kafkaConfig } from '../../../lib/config.ts';
import { ConfigError, StartError } from '../../../lib/errors.ts';
import { createTopics } from '../../../lib/kafka/createTopics.ts';
import { prepareSchema, requirePostgres } from '../../../lib/offline/prepareServers.ts';
import { connect } from '../../../lib/sql/client.ts';
import { findPoll } from '../../../lib/sql/findPoll.ts';
import { refuseSharedSessions } from '../../../lib/sql/sessions.ts';
import { tallyBallots } from '../../../lib/sql/tallyBallots.ts';
import { type FreshDatabase, freshDatabase, sharedServer } from '../../support/database/database.ts';
import { batchOf, someBallot, somePoll } from '../../support/database/polls.ts';
import { startPgbouncer } from '../../support/servers/pgbouncer.ts';
import { operate } from '../../support/system/operate.ts';

const CONSUMERS = 12;
const BATCHES = 25;

let database: FreshDatabase;
let pgbouncer: Awaited<ReturnType<typeof startPgbouncer>>;

beforeAll(async () => {
  database = await freshDatabase();
  pgbouncer = await startPgbouncer(sharedServer());
});
afterAll(async () => {
  await database?.end();
  await pgbouncer?.stop();
});

const behind = (prepare: boolean, { host, port } = pgbouncer) => ({
  ...database.config,
  host,
  port,
  prepare,
});

test('a pooler in transaction mode is rejected with advice, and a direct server is not', async () => {
  await expect(refuseSharedSessions(behind(true))).rejects.toThrow(ConfigError);
  await refuseSharedSessions(behind(false));
  await refuseSharedSessions(database.config);
});

test('npm start refuses a pooler in transaction mode', async () => {
  const starting = requirePostgres(behind(true));
  await expect(starting).rejects.toThrow(StartError);
  await expect(starting).rejects.toThrow(/POSTGRES_PREPARE=false/);
});

describe('behind a pooler in transaction mode', () => {
  const env = () => ({
    POSTGRES_HOST: pgbouncer.host,
    POSTGRES_PORT: `${pgbouncer.port}`,
    POSTGRES_DB: database.config.database,
    KAFKA_BROKERS: process.env['TEST_KAFKA_BROKERS'] ?? '',
    KAFKA_REPLICATION: '1',
  });
  beforeAll(async () => {
    await createTopics(kafkaConfig(env()));
  });

  test.each([
    ['migrate', []],
    ['status', ['--seconds', '0.1']],
    ['reconcile', ['--repair']],
    ['rebuild', ['--poll', randomUUID()]],
    ['replay', ['--from', new Date().toISOString()]],
    ['polls', ['close', randomUUID()]],
    ['keys', ['list']],
  ])('npm run %s is refused with advice', async (name, args) => {
    const { exitCode, stdout, stderr } = await operate(name, args, env());
    expect([exitCode, stdout, stderr]).toEqual([
      ...[1, ''],
      expect.stringMatching(/Set POSTGRES_PREPARE=false\.\n$/),
    ]);
  });

  test('a command without prepared statements works', async () => {
    const told = await operate('migrate', [], { ...env(), POSTGRES_PREPARE: 'false' });
    expect(told).toEqual({ exitCode: 0, stdout: 'The schema is up to date.\n', stderr: '' });
  });

  test('a wrong argument is reported first', async () => {
    const { exitCode, stderr } = await operate('replay', ['--from', 'noon'], env());
    expect([exitCode, stderr]).toEqual([2, expect.stringMatching(/^--from must be a time/)]);
  });
});

test('a pooler with a single connection to the server is rejected with advice, and works with it', async () => {
  const single = await startPgbouncer(sharedServer(), 1);
  try {
    await expect(requirePostgres(behind(true, single))).rejects.toThrow(/POSTGRES_PREPARE=false/);
    await requirePostgres(behind(false, single));
    await prepareSchema(behind(false, single), '');
  } finally {
    await single.stop();
  }
});

test(`${CONSUMERS} consumers that share a pooler without prepared statements lose no vote`, async () => {
  const polls = await Promise.all(Array.from({ length: 4 }, () => somePoll(database.sql)));
  const consumers = Array.from({ length: CONSUMERS }, async (_, partition) => {
    const own = connect({ ...behind(false), poolSize: 1 });
    for (let batch = 0; batch < BATCHES; batch++) {
      await tallyBallots(
        own,
        batchOf(
          polls.map((poll) => someBallot(poll)),
          partition,
        ),
      );
      await own.begin((tx) => findPoll(tx, `${polls[batch % 4]?.id}`, Date.now()));
    }
    await own.end();
  });
  await Promise.all(consumers);
  for (const { id } of polls) {
    const poll = await findPoll(database.sql, id, Date.now());
    expect(poll).toMatchObject({ total_votes: CONSUMERS * BATCHES });
  }
});
