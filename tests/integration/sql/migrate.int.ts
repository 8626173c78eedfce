import { readFile, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { MigrationError } from '../../../lib/errors.ts';
import { connect, type Sql } from '../../../lib/sql/client.ts';
import { migrate } from '../../../lib/sql/migrate.ts';
import { freshDatabase } from '../../support/database.ts';
import { describeSchema } from '../../support/describeSchema.ts';

const SCHEMA = new URL('../../../lib/sql/schema.sql', import.meta.url);

let sql: Sql;

/** A database with nothing in it. */
beforeAll(async () => {
  const migrated = await freshDatabase();
  const name = `${migrated.config.database}_empty`;
  await migrated.sql`create database ${migrated.sql(name)} template template0`;
  await migrated.end();
  sql = connect({ ...migrated.config, database: name, poolSize: 4 });
});
afterAll(() => sql.end());

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
