import { readdir, readFile, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { PostgresConfig } from '../../../lib/config.ts';
import { MigrationError } from '../../../lib/errors.ts';
import { connect, type Sql } from '../../../lib/sql/client.ts';
import { migrate } from '../../../lib/sql/migrate.ts';
import { freshDatabase } from '../../support/database.ts';
import { describeSchema } from '../../support/describeSchema.ts';

const SCHEMA = new URL('../../../lib/sql/schema.sql', import.meta.url);

let sql: Sql;
let config: PostgresConfig;

/** A database with nothing in it. */
beforeAll(async () => {
  const migrated = await freshDatabase();
  const name = `${migrated.config.database}_empty`;
  await migrated.sql`create database ${migrated.sql(name)} template template0`;
  await migrated.end();
  config = { ...migrated.config, database: name, poolSize: 4 };
  sql = connect(config);
});
afterAll(() => sql.end());

test('questions and what is still to be told are kept when they leave the polls', async () => {
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

test('two migrations at once apply each step once', async () => {
  const [one, other] = await Promise.all([migrate(sql), migrate(sql)]);
  const applied = await sql`select name from migrations order by name`;
  expect([...one, ...other].sort()).toEqual(applied.map(({ name }) => name));
  expect(await migrate(sql)).toEqual([]);
});

test('the schema is as lib/sql/schema.sql shows it', async () => {
  await migrate(sql);
  const schema = await describeSchema(sql);
  if (process.env['UPDATE_SCHEMA']) await writeFile(SCHEMA, schema);
  expect(schema).toBe(await readFile(SCHEMA, 'utf8'));
});

test('a step that was changed after it was applied stops everything', async () => {
  await migrate(sql);
  const tables = () => sql`select relname from pg_class where relkind = 'r' order by oid`;
  const before = await tables();
  await sql`update migrations set checksum = 'of another text' where name like '0001%'`;
  await expect(migrate(sql)).rejects.toThrow(MigrationError);
  expect(await tables()).toEqual(before);
});
