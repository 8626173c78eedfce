import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { MigrationError } from '../errors.ts';
import type { AnySql, Sql } from './client.ts';
import { setLimits } from './limits.ts';

/** Beside this file, and beside the bundle, where the build step puts a copy. */
const FOLDER = new URL('migrations/', import.meta.url);

/** Any number that no other user of the database takes; held until the transaction ends. */
const LOCK = 5_004_711;

/** Whoever comes after a migration that waits for a table waits as well, so it gives up after this, lets the others
 * through and tries again. */
const LOCK_TIMEOUT = '2s';
const PAUSE_MS = 1_000;
/** For a minute or so: longer than any statement of ours takes. */
const TRIES = 20;
const LOCK_NOT_AVAILABLE = '55P03';

interface Migration {
  name: string;
  text: string;
  checksum: string;
}

/**
 * Brings the database's schema up to date, all in one transaction: either every new migration is in or none.
 * Migrations are append-only. Two calls at once wait for one another.
 *
 * @returns the names of the migrations that were new
 * @throws MigrationError when one that is already in was changed or is missing
 */
export async function migrate(sql: Sql): Promise<string[]> {
  const migrations = await readMigrations();
  for (let left = TRIES - 1; ; left -= 1) {
    try {
      return await sql.begin((tx) => applyPending(tx, migrations));
    } catch (error) {
      const isLocked = error instanceof Error && 'code' in error && error.code === LOCK_NOT_AVAILABLE;
      if (left === 0 || !isLocked) throw error;
    }
    await delay(PAUSE_MS);
  }
}

async function applyPending(tx: AnySql, migrations: Migration[]): Promise<string[]> {
  await tx`select set_config('statement_timeout', '0', true), set_config('lock_timeout', '0', true)`;
  await tx`select pg_advisory_xact_lock(${LOCK}::bigint)`;
  await tx`select set_config('lock_timeout', ${LOCK_TIMEOUT}, true)`;
  await setLimits(tx);
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
  return pending.map(({ name }) => name);
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
