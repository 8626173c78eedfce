import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { ConfigError, StartError } from '../../../lib/errors.ts';
import { awaitPostgres } from '../../../lib/offline/prepareServers.ts';
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

const behind = (prepare: boolean) => {
  const { host, port } = pgbouncer;
  return { ...database.config, host, port, prepare };
};

test('a pooler in transaction mode is rejected with advice, and a direct server is not', async () => {
  await expect(refuseSharedSessions(behind(true))).rejects.toThrow(ConfigError);
  await refuseSharedSessions(behind(false));
  await refuseSharedSessions(database.config);
});

test('npm start and migrate refuse a pooler in transaction mode', async () => {
  const starting = awaitPostgres(behind(true));
  await expect(starting).rejects.toThrow(StartError);
  await expect(starting).rejects.toThrow(/POSTGRES_PREPARE=false/);
  const env = {
    POSTGRES_HOST: pgbouncer.host,
    POSTGRES_PORT: `${pgbouncer.port}`,
    POSTGRES_DB: database.config.database,
  };
  const { exitCode, stderr } = await operate('migrate', [], env);
  expect([exitCode, stderr]).toEqual([1, expect.stringMatching(/Set POSTGRES_PREPARE=false\.\n$/)]);
  const told = await operate('migrate', [], { ...env, POSTGRES_PREPARE: 'false' });
  expect(told).toEqual({ exitCode: 0, stdout: 'The schema is up to date.\n', stderr: '' });
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
