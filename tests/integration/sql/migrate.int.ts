import { readdir, readFile, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { PostgresConfig } from '../../../lib/config.ts';
import { readCode } from '../../../lib/domain/pollCode.ts';
import { ForeignTopicsError, MigrationError } from '../../../lib/errors.ts';
import { prepareSchema } from '../../../lib/offline/prepareServers.ts';
import { connect, type Sql } from '../../../lib/sql/client.ts';
import { migrate, saveCluster } from '../../../lib/sql/migrate.ts';
import { emptyDatabase, freshDatabase } from '../../support/database/database.ts';
import { describeSchema } from '../../support/database/describeSchema.ts';

/** A database as it was before this step. */
async function databaseBefore(step: string) {
  const older = await emptyDatabase();
  await older.sql.begin(async (tx) => {
    const current = await freshDatabase();
    const before = await current.sql<{ name: string; checksum: string }[]>`
      select name, checksum from migrations where name < ${step} order by name`;
    await current.end();
    await tx`create table migrations (
      name text primary key, checksum text not null, applied_at timestamptz not null default now()
    )`;
    for (const { name, checksum } of before) {
      await tx.unsafe(await readFile(new URL(`migrations/${name}`, SCHEMA), 'utf8')).simple();
      await tx`insert into migrations (name, checksum) values (${name}, ${checksum})`;
    }
  });
  return older;
}

const SCHEMA = new URL('../../../lib/sql/schema.sql', import.meta.url);

let sql: Sql;
let config: PostgresConfig;

beforeAll(async () => {
  ({ sql, config } = await emptyDatabase());
});
afterAll(() => sql.end());

test('questions and pending announcements are kept when they move to other tables', async () => {
  const name = `${config.database}_older`;
  await sql`create database ${sql(name)} template template0`;
  const older = connect({ ...config, database: name });
  const folder = new URL('../../../lib/sql/migrations/', import.meta.url);
  for (const file of (await readdir(folder)).sort()) {
    await older.unsafe(await readFile(new URL(file, folder), 'utf8')).simple();
    if (!file.startsWith('0009')) continue;
    await older`
      insert into polls (
        poll_id, question, option_count, max_choices, allow_change, results_visibility, created_at, expired_at,
        windows, state_version
      )
      select gen_random_uuid(), 'Which, ' || n || '?', 2, 1, false, 'always', now(), now(), '{(,now)}', n
      from generate_series(1, 2) as n`;
  }
  const rows = await older`
    select question, folded_question, announced_version
    from questions left join unannounced_polls using (poll_key) order by question`;
  await older.end();
  expect(rows).toEqual([
    { question: 'Which, 1?', folded_question: 'which, 1?', announced_version: null },
    { question: 'Which, 2?', folded_question: 'which, 2?', announced_version: 1 },
  ]);
});

test('polls and repeated creations that are older than codes get one', async () => {
  const older = await databaseBefore('0015');
  await older.sql`
    insert into polls (
      poll_id, option_count, max_choices, allow_change, results_visibility, created_at, expired_at, windows
    )
    select gen_random_uuid(), 2, 1, false, 'always', now(), now(), '{(,now)}' from generate_series(1, 500)`;
  await older.sql`
    insert into creations (key_hash, request_hash, poll, created_at)
    select 'a', 'a', jsonb_build_object('id', poll_id), now() from polls order by poll_id limit 1`;
  await older.sql`
    insert into creations (key_hash, request_hash, poll, created_at)
    values ('b', 'b', jsonb_build_object('id', gen_random_uuid()), now())`;
  await migrate(older.sql, '');
  const codes = await older.sql<{ code: string }[]>`select code from polls`;
  expect(new Set(codes.map(({ code }) => readCode(code))).size).toBe(500);
  const kept = await older.sql<{ code: string; own: string | null }[]>`
    select poll ->> 'code' as code, polls.code as own
    from creations left join polls on poll_id = (poll ->> 'id')::uuid order by key_hash`;
  expect(kept).toEqual([
    { code: expect.any(String), own: kept[0]?.code },
    { code: expect.stringMatching(/^[0-9A-Z]{6}$/), own: null },
  ]);
  await older.end();
});

test('questions that are older than their folding are found by it', async () => {
  const older = await databaseBefore('0022');
  await older.sql`
    insert into polls (
      poll_id, option_count, max_choices, allow_change, results_visibility, created_at, expired_at, windows
    )
    select gen_random_uuid(), 2, 1, false, 'always', now(), now(), '{(,now)}' from generate_series(1, 2)`;
  await older.sql`
    insert into questions (poll_key, question)
    select poll_key, case when poll_key = min(poll_key) over () then 'Café in İzmir?' else 'Tea?' end from polls`;
  await migrate(older.sql, '');
  const found = await older.sql`
    select folded_question, pieces(folded_question, 1) @> array['afe', 'izm'] as is_indexed, fold_case('CAFÉ') as old_name
    from questions order by question`;
  expect(found).toEqual([
    { folded_question: 'cafe in izmir?', is_indexed: true, old_name: 'cafe' },
    { folded_question: 'tea?', is_indexed: false, old_name: 'cafe' },
  ]);
  await older.end();
});

test('two concurrent migrations apply each step once', async () => {
  const [one, other] = await Promise.all([migrate(sql, ''), migrate(sql, '')]);
  const applied = await sql`select name from migrations order by name`;
  expect([...one.migrations, ...other.migrations].sort()).toEqual(applied.map(({ name }) => name));
  expect(await migrate(sql, '')).toEqual({ migrations: [], ahead: [] });
});

test('the schema equals lib/sql/schema.sql', async () => {
  await migrate(sql, '');
  const schema = await describeSchema(sql);
  if (process.env['UPDATE_SCHEMA']) await writeFile(SCHEMA, schema);
  expect(schema).toBe(await readFile(SCHEMA, 'utf8'));
});

test('a database stays bound to the topics that it counted first', async () => {
  await migrate(sql, '');
  await expect(migrate(sql, 'blue-')).rejects.toThrow(ForeignTopicsError);
  await expect(migrate(sql, 'blue-')).rejects.toThrow(
    /topics without a prefix, not of the topics with the prefix "blue-"\. Set KAFKA_TOPIC_PREFIX/,
  );
  expect(await migrate(sql, '')).toEqual({ migrations: [], ahead: [] });
});

test('a database that counted votes before prefixes existed is bound to topics without prefix', async () => {
  await migrate(sql, '');
  const step = await readFile(new URL('migrations/0014_topic_set.sql', SCHEMA), 'utf8');
  const claimed = (votes: number) =>
    sql.begin(async (tx) => {
      await tx`drop table topic_set, former_polls`;
      await tx`delete from partition_progress`;
      if (votes > 0) await tx`insert into partition_progress values (0, 1, ${votes})`;
      await tx.unsafe(step).simple();
      const rows = await tx`select topic_prefix from topic_set`;
      return rows;
    });
  expect(await claimed(5)).toEqual([{ topic_prefix: '' }]);
  expect(await claimed(0)).toEqual([]);
});

test('another cluster is reported once and accepted', async () => {
  await migrate(sql, '');
  expect(await saveCluster(sql, 'one')).toBeUndefined();
  expect(await saveCluster(sql, 'one')).toBeUndefined();
  expect(await saveCluster(sql, 'two')).toBe('one');
  expect(await saveCluster(sql, 'two')).toBeUndefined();
});

test('a step that was changed after it was applied stops the migration', async () => {
  await migrate(sql, '');
  const tables = () => sql`select relname from pg_class where relkind = 'r' order by oid`;
  const before = await tables();
  await sql`update migrations set checksum = 'of another text' where name like '0001%'`;
  await expect(migrate(sql, '')).rejects.toThrow(MigrationError);
  expect(await tables()).toEqual(before);
});

describe('a database with a step that this version does not know', () => {
  const LATER = { name: '9999_later.sql', checksum: 'of its text' };
  const stepsWith = async (name: string) => {
    const { sql } = await freshDatabase();
    await sql`insert into migrations ${sql({ ...LATER, name })}`;
    return sql;
  };

  test('is ahead if it has all known steps, and stays unchanged', async () => {
    const sql = await stepsWith(LATER.name);
    const before = await sql`select name, checksum, applied_at from migrations order by name`;
    expect(await migrate(sql, '')).toEqual({ migrations: [], ahead: [LATER.name] });
    expect(await sql`select name, checksum, applied_at from migrations order by name`).toEqual(before);
    await sql.end();
  });

  test.each([
    ['lies in between', '0003_between.sql', undefined],
    ['came in place of one of ours', LATER.name, '0005_poll_lists.sql'],
  ])('is incompatible if that step %s', async (_, name, missing) => {
    const sql = await stepsWith(name);
    if (missing) await sql`delete from migrations where name = ${missing}`;
    await expect(migrate(sql, '')).rejects.toThrow(MigrationError);
    await sql.end();
  });

  test('is incompatible if a known step was changed', async () => {
    const sql = await stepsWith(LATER.name);
    await sql`update migrations set checksum = 'of another text' where name like '0002%'`;
    await expect(migrate(sql, '')).rejects.toThrow(
      '0002_connections_and_boards.sql, which was changed or is missing',
    );
    await sql.end();
  });

  test('stops npm start with a message', async () => {
    const { sql, config, end } = await freshDatabase();
    await sql`insert into migrations ${sql(LATER)}`;
    const words = `${LATER.name}, which was changed or is missing in this version. Use the version that wrote it`;
    await expect(prepareSchema(config, '')).rejects.toThrow(words);
    await end();
  });
});
