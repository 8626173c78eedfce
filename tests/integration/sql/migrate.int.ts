import { readFile, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { ForeignTopicsError, MigrationError } from '../../../lib/errors.ts';
import { connect, type Sql } from '../../../lib/sql/client.ts';
import { migrate } from '../../../lib/sql/migrate.ts';
import { saveCluster } from '../../../lib/sql/saveCluster.ts';
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
  const [one, other] = await Promise.all([migrate(sql, ''), migrate(sql, '')]);
  const applied = await sql`select name from migrations order by name`;
  expect([...one, ...other].sort()).toEqual(applied.map(({ name }) => name));
  expect(await migrate(sql, '')).toEqual([]);
});

test('the schema is as lib/sql/schema.sql shows it', async () => {
  await migrate(sql, '');
  const schema = await describeSchema(sql);
  if (process.env['UPDATE_SCHEMA']) await writeFile(SCHEMA, schema);
  expect(schema).toBe(await readFile(SCHEMA, 'utf8'));
});

test('a database keeps to the topics that it counted first', async () => {
  await migrate(sql, '');
  await expect(migrate(sql, 'blue-')).rejects.toThrow(ForeignTopicsError);
  await expect(migrate(sql, 'blue-')).rejects.toThrow(
    /topics without a prefix, and this start would have those with the prefix "blue-"\. Set KAFKA_TOPIC_PREFIX/,
  );
  expect(await migrate(sql, '')).toEqual([]);
});

test('a database that counted votes before topics had prefixes counts those without one', async () => {
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

test('another cluster is told once, and taken over', async () => {
  await migrate(sql, '');
  expect(await saveCluster(sql, 'one')).toBeUndefined();
  expect(await saveCluster(sql, 'one')).toBeUndefined();
  expect(await saveCluster(sql, 'two')).toBe('one');
  expect(await saveCluster(sql, 'two')).toBeUndefined();
});

test('a step that was changed after it was applied stops everything', async () => {
  await migrate(sql, '');
  const tables = () => sql`select relname from pg_class where relkind = 'r' order by oid`;
  const before = await tables();
  await sql`update migrations set checksum = 'of another text' where name like '0001%'`;
  await expect(migrate(sql, '')).rejects.toThrow(MigrationError);
  expect(await tables()).toEqual(before);
});
