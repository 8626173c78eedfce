import { afterAll, beforeAll, expect, test } from '@jest/globals';
import pg from 'pg';
import { until } from '../../../lib/concurrency/deadline.ts';
import { UnavailableError } from '../../../lib/errors.ts';
import { changePoll } from '../../../lib/polls/changePoll.ts';
import { type AnySql, connect, type Sql } from '../../../lib/sql/client.ts';
import {
  createDatabase,
  type Database,
  pingPostgres,
  withPostgresDeadline,
} from '../../../lib/sql/database.ts';
import { unavailableIfAway } from '../../../lib/sql/faults.ts';
import { inLongTransaction } from '../../../lib/sql/limits.ts';
import { type Migrated, migrate } from '../../../lib/sql/migrate.ts';
import { type FreshDatabase, freshDatabase } from '../../support/database/database.ts';
import { somePoll } from '../../support/database/polls.ts';
import { untilLockIsAwaited } from '../../support/database/untilLockIsAwaited.ts';

let database: FreshDatabase;
let sql: Sql;
let ownDatabase: Database;

beforeAll(async () => {
  database = await freshDatabase();
  await migrate(database.sql, '');
  // Limits are for connections that come after them.
  sql = connect(database.config);
  ownDatabase = createDatabase({ ...database.config, poolSize: 1 });
});
afterAll(async () => {
  await sql?.end();
  await database?.end();
});

async function limitsOf(tx: AnySql) {
  const [row] = await tx`
    select current_setting('lock_timeout') as lock, current_setting('statement_timeout') as statement,
      current_setting('idle_in_transaction_session_timeout') as idle`;
  return row;
}

/** Sets something for connections to this database that come from now on. */
async function withSetting(setting: string, work: () => Promise<void>): Promise<void> {
  const { config } = database;
  await sql.unsafe(`alter database ${config.database} set ${setting}`);
  try {
    await work();
  } finally {
    await sql.unsafe(`alter database ${config.database} reset ${setting.split(' ')[0]}`);
  }
}

async function withNewConnection(change: object, work: (own: Sql) => Promise<void>): Promise<void> {
  const own = connect({ ...database.config, poolSize: 1, ...change });
  await work(own).finally(() => own.end());
}

test('a migration limits the waiting times of all sessions, and operators get higher limits', async () => {
  expect(await limitsOf(sql)).toEqual({ lock: '4s', statement: '9s', idle: '10s' });
  const long = await inLongTransaction(sql, limitsOf);
  expect(long).toEqual({ lock: '4s', statement: '1h', idle: '1min' });
  expect(await limitsOf(sql)).toEqual({ lock: '4s', statement: '9s', idle: '10s' });
});

test('a held lock makes others fail as unavailable, and uses up no connection permanently', async () => {
  const poll = await somePoll(sql);
  const close = () => ownDatabase.run((own) => changePoll(own, poll.id, { closed: true }));
  const others = async () => {
    const [row] = await database.sql<[{ count: number }]>`
      select count(*) from pg_stat_activity where datname = current_database()`;
    return row.count;
  };
  await ownDatabase.run(pingPostgres);
  await sql.begin(async (tx) => {
    await tx`select from polls for update`;
    const before = await others();
    const answers = await Promise.allSettled([close(), ownDatabase.run(pingPostgres)]);
    expect(answers).toMatchObject([{ reason: { code: 'unavailable', cause: { code: '55P03' } } }, {}]);
    expect(await others()).toBe(before);
  });
  expect(await close()).toMatchObject({ poll: { status: 'closing' } });
});

test('a statement that takes too long fails as unavailable', async () => {
  await withNewConnection({}, async (own) => {
    await own`set statement_timeout = '50ms'`;
    await expect(withPostgresDeadline(() => own`select pg_sleep(60)`)).rejects.toThrow(UnavailableError);
  });
});

test('an idle transaction loses its locks', async () => {
  const { host, port, user, password, database: name } = database.config;
  // Not postgres.js, which does not survive the end of a transaction's connection.
  const client = new pg.Client({ host, port, user, password, database: name });
  const ended = new Promise((resolve) => client.on('error', resolve));
  await client.connect();
  await client.query('begin');
  await client.query("set local idle_in_transaction_session_timeout = '50ms'");
  await client.query('select from polls for update');
  expect(unavailableIfAway(await ended)).toBeInstanceOf(UnavailableError);
  await until(async () => {
    await sql`select from polls for update nowait`;
  }, 10_000);
});

test('the victim of a deadlock is retried, and no caller notices', async () => {
  const [one, other] = [await somePoll(sql), await somePoll(sql)];
  const lock = (tx: AnySql, { id }: { id: string }) => tx`select from polls where poll_id = ${id} for update`;
  let calls = 0;
  const holdsBoth = Promise.withResolvers<void>();
  const asked = sql.begin(async (tx) => {
    // The other finds the deadlock.
    await tx`set local deadlock_timeout = '1min'`;
    await lock(tx, one);
    const asking = ownDatabase.run((own) => {
      calls += 1;
      return own.begin(async (its) => {
        await its`set local deadlock_timeout = '10ms'`;
        await lock(its, other);
        if (calls === 1) {
          const waits = lock(tx, other).then(() => holdsBoth.resolve(), holdsBoth.reject);
          await Promise.race([untilLockIsAwaited(database.sql), waits]);
        }
        await lock(its, one);
        return 'done';
      });
    });
    await holdsBoth.promise;
    return { asking };
  });
  expect(await (await asked).asking).toBe('done');
  // It may be quicker at its second try than the other that waits.
  expect(calls).toBeGreaterThan(1);
});

test('a server that rejects writes, or is out of space, is unhealthy', async () => {
  await withNewConnection({}, (own) => pingPostgres(own));
  await withSetting('default_transaction_read_only = on', () =>
    withNewConnection({}, async (own) => {
      await expect(withPostgresDeadline(() => pingPostgres(own))).rejects.toThrow(UnavailableError);
      await expect(withPostgresDeadline(() => somePoll(own))).rejects.toThrow(UnavailableError);
    }),
  );
  // As full as a disk: a bound on what may be written to it beside tables.
  await withSetting('temp_file_limit = 0', () =>
    withNewConnection({}, async (own) => {
      await expect(withPostgresDeadline(() => pingPostgres(own))).rejects.toThrow(UnavailableError);
    }),
  );
});

test('a server without free connections is unavailable', async () => {
  await sql`create role guest login password 'guest'`;
  await sql.unsafe(`alter database ${database.config.database} connection limit 0`);
  await withNewConnection({ user: 'guest', password: 'guest' }, async (own) => {
    await expect(withPostgresDeadline(() => own`select 1`)).rejects.toMatchObject({
      code: 'unavailable',
      cause: { code: '53300' },
    });
  });
});

test('a migration lets other sessions pass while it waits for a table', async () => {
  const { sql: holder } = database;
  // As before the first migration, but for the table that the others wait for.
  await sql.unsafe(`
    drop schema public cascade;
    create schema public;
    create table migrations (
      name text primary key, checksum text not null, applied_at timestamptz not null default now()
    )`);
  let migrating: Promise<Migrated> | undefined;
  await holder.begin(async (tx) => {
    await tx`lock table migrations in access exclusive mode`;
    migrating = migrate(sql, '');
    await untilLockIsAwaited(holder);
    await until(async () => {
      const waiting = await holder`
        select from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`;
      expect(waiting).toHaveLength(0);
    }, 10_000);
  });
  expect((await migrating)?.migrations).toContain('0014_topic_set.sql');
});
