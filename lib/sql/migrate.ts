import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { errorCode, ForeignTopicsError, MigrationError } from '../errors.ts';
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

interface Applied {
  name: string;
  checksum: string;
}

interface Migration extends Applied {
  text: string;
}

/** By names. */
export interface Migrated {
  /** What was new to the database. */
  migrations: string[];
  /** What a later version has brought into the database and this one does not know. */
  ahead: string[];
}

/**
 * Brings the database's schema up to date, all in one transaction: either every new migration is in or none.
 * Migrations are append-only. Two calls at once wait for one another. A database that is ahead stays as it is: a
 * deployment that is rolled back calls the older code on it.
 *
 * @param topicPrefix of the topics whose votes it counts
 * @throws {MigrationError} when one that is already in was changed or is missing
 * @throws {ForeignTopicsError} when it counts the votes of other topics
 */
export async function migrate(sql: Sql, topicPrefix: string): Promise<Migrated> {
  const known = await readMigrations();
  for (let left = TRIES - 1; ; left -= 1) {
    try {
      return await sql.begin((tx) => applyPending(tx, known, topicPrefix));
    } catch (error) {
      if (left === 0 || errorCode(error) !== LOCK_NOT_AVAILABLE) throw error;
    }
    await delay(PAUSE_MS);
  }
}

async function applyPending(tx: AnySql, known: Migration[], topicPrefix: string): Promise<Migrated> {
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
  const applied = await tx<Applied[]>`
    select name, checksum from migrations order by name`;
  refuseOthers(known, applied);
  const pending = known.slice(applied.length);
  for (const migration of pending) await apply(tx, migration);
  await claimTopics(tx, topicPrefix);
  return { migrations: pending.map(({ name }) => name), ahead: namesAhead(known, applied) };
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

/** What a database holds is what we know, in our order, as far as we know any. */
function refuseOthers(known: Migration[], applied: Applied[]): void {
  applied.slice(0, known.length).forEach(({ name, checksum }, index) => {
    if (known[index]?.name !== name || known[index].checksum !== checksum) throw unknownMigration(name);
  });
}

const namesAhead = (known: Migration[], applied: Applied[]) =>
  applied.slice(known.length).map(({ name }) => name);

/** Why a database is not one for this version. */
export function unknownMigration(name: string): MigrationError {
  return new MigrationError(`The database holds the migration ${name}, which is changed or missing here.`);
}

async function apply(tx: AnySql, { name, text, checksum }: Migration): Promise<void> {
  await tx.unsafe(text).simple();
  await tx`insert into migrations (name, checksum) values (${name}, ${checksum})`;
}

/** Notes at first which topics this database counts the votes of, and lets it count no others: it would miss what
 * is left on its own, and take votes of polls that it does not have from those who wait for them.
 * @throws {ForeignTopicsError} */
export async function claimTopics(sql: AnySql, prefix: string): Promise<void> {
  await sql`insert into topic_set (topic_prefix) values (${prefix}) on conflict do nothing`;
  const [own] = await sql<[{ topic_prefix: string }]>`select topic_prefix from topic_set`;
  if (own.topic_prefix === prefix) return;
  throw new ForeignTopicsError(
    `This database counts the votes of Kafka's topics ${describe(own.topic_prefix)}, and this start would have those ` +
      `${describe(prefix)}. Set KAFKA_TOPIC_PREFIX as before (on AWS the param kafkaTopicPrefix), or another database.`,
  );
}

const describe = (prefix: string) => (prefix === '' ? 'without a prefix' : `with the prefix "${prefix}"`);

/** Notes on which cluster the topics are. That may change: a broker that is rebuilt is another cluster.
 * @returns where they were, if that was elsewhere */
export async function saveCluster(sql: AnySql, clusterId: string): Promise<string | undefined> {
  const [former] = await sql<{ cluster_id: string | null }[]>`
    with former as materialized (select cluster_id from topic_set for update)
    update topic_set set cluster_id = ${clusterId} from former
    where former.cluster_id is distinct from ${clusterId}
    returning former.cluster_id`;
  return former?.cluster_id ?? undefined;
}
