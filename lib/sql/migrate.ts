import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { MigrationError } from '../errors.ts';
import { claimTopics } from './claimTopics.ts';
import type { AnySql, Sql } from './client.ts';

/** Beside this file, and beside the bundle, where the build step puts a copy. */
const FOLDER = new URL('migrations/', import.meta.url);

/** Any number that no other user of the database takes; held until the transaction ends. */
const LOCK = 5_004_711;

interface Migration {
  name: string;
  text: string;
  checksum: string;
}

/**
 * Brings the database's schema up to date, all in one transaction: either every new migration is in or none.
 * Migrations are append-only. Two calls at once wait for one another.
 *
 * @param topicPrefix of the topics whose votes it counts
 * @returns the names of the migrations that were new
 * @throws {MigrationError} when one that is already in was changed or is missing
 * @throws {ForeignTopicsError} when it counts the votes of other topics
 */
export async function migrate(sql: Sql, topicPrefix: string): Promise<string[]> {
  const migrations = await readMigrations();
  return sql.begin(async (tx) => {
    await tx`select pg_advisory_xact_lock(${LOCK}::bigint)`;
    await tx`
      create table if not exists migrations (
        name text primary key,
        checksum text not null,
        applied_at timestamptz not null default now()
      )`;
    const applied = await tx<{ name: string; checksum: string }[]>`
      select name, checksum from migrations order by name`;
    const pending = pendingMigrations(migrations, applied);
    for (const migration of pending) await apply(tx, migration);
    await claimTopics(tx, topicPrefix);
    return pending.map(({ name }) => name);
  });
}

async function readMigrations(): Promise<Migration[]> {
  const files = (await readdir(FOLDER)).filter((file) => /^\d{4}_\w+\.sql$/.test(file)).sort();
  return Promise.all(
    files.map(async (name) => {
      const text = await readFile(new URL(name, FOLDER), 'utf8');
      return { name, text, checksum: createHash('sha256').update(text).digest('hex') };
    }),
  );
}

function pendingMigrations(
  migrations: Migration[],
  applied: { name: string; checksum: string }[],
): Migration[] {
  applied.forEach(({ name, checksum }, index) => {
    if (migrations[index]?.name === name && migrations[index].checksum === checksum) return;
    throw new MigrationError(`The database holds the migration ${name}, which is changed or missing here.`);
  });
  return migrations.slice(applied.length);
}

async function apply(tx: AnySql, { name, text, checksum }: Migration): Promise<void> {
  await tx.unsafe(text).simple();
  await tx`insert into migrations (name, checksum) values (${name}, ${checksum})`;
}
