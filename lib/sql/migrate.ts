import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { until } from '../concurrency/deadline.ts';
import { errorCode, ForeignTopicsError, MigrationError } from '../errors.ts';
import type { AnySql, Sql } from './client.ts';
import { setLimits } from './limits.ts';

/** Next to this file in the sources, and next to the bundle after the build. */
const FOLDER = new URL('migrations/', import.meta.url);

/** An arbitrary advisory lock, held until the transaction ends. */
const LOCK = 5_004_711;

/** A migration that waits for a table blocks all later queries on it, so it gives up after this time, lets
 * them through and retries. */
const LOCK_TIMEOUT = '2s';
const PAUSE_MS = 1_000;
/** Longer than any of our statements. */
const LOCKED_LIMIT_MS = 60_000;
/** Lock timeout and deadlock. */
const PASSING = ['55P03', '40P01'];
const isPermanent = (error: unknown) => !PASSING.includes(errorCode(error) ?? '');

interface Applied {
  name: string;
  checksum: string;
}

interface Migration extends Applied {
  text: string;
}

/** Migration names. */
export interface Migrated {
  /** Applied by this call. */
  migrations: string[];
  /** Applied by a later version and unknown here. */
  ahead: string[];
}

/** Applies all pending migrations, each in a transaction of its own: one that rewrites a table for minutes must
 * not hold its locks while the next one waits for another table. Concurrent calls take turns. A database ahead
 * of this version stays unchanged, because a rolled-back deployment runs older code on it.
 * @param topicPrefix of the topics whose votes it counts
 * @throws {MigrationError} if an applied migration was changed or is missing
 * @throws {ForeignTopicsError} if it counts the votes of other topics */
export async function migrate(sql: Sql, topicPrefix: string): Promise<Migrated> {
  const known = await readMigrations();
  const migrations: string[] = [];
  for (;;) {
    const attempt = () => sql.begin((tx) => applyNext(tx, known, topicPrefix));
    const { applied, ahead } = await until(attempt, LOCKED_LIMIT_MS, isPermanent, PAUSE_MS);
    if (applied === undefined) return { migrations, ahead };
    migrations.push(applied);
  }
}

interface Step {
  /** Undefined if none was pending. */
  applied: string | undefined;
  ahead: string[];
}

async function applyNext(tx: AnySql, known: Migration[], topicPrefix: string): Promise<Step> {
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
  checkApplied(known, applied);
  const [{ hasTopics }] = await tx<[{ hasTopics: boolean }]>`
    select to_regclass('topic_set') is not null as "hasTopics"`;
  if (hasTopics) await claimTopics(tx, topicPrefix);
  const next = known[applied.length];
  if (next) await apply(tx, next);
  return { applied: next?.name, ahead: namesAhead(known, applied) };
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

/** Applied migrations must match ours in name, content and order. */
function checkApplied(known: Migration[], applied: Applied[]): void {
  applied.slice(0, known.length).forEach(({ name, checksum }, index) => {
    if (known[index]?.name !== name || known[index].checksum !== checksum) throw unknownMigration(name);
  });
}

const namesAhead = (known: Migration[], applied: Applied[]) =>
  applied.slice(known.length).map(({ name }) => name);

export function unknownMigration(name: string): MigrationError {
  return new MigrationError(
    `The database has the migration ${name}, which was changed or is missing in this version.`,
  );
}

async function apply(tx: AnySql, { name, text, checksum }: Migration): Promise<void> {
  await tx.unsafe(text).simple();
  await tx`insert into migrations (name, checksum) values (${name}, ${checksum})`;
}

/** Binds the database to its topics on first use and rejects others later: it would miss the votes left on
 * its own topics, and consume votes of polls that another database has.
 * @throws {ForeignTopicsError} */
async function claimTopics(sql: AnySql, prefix: string): Promise<void> {
  await sql`insert into topic_set (topic_prefix) values (${prefix}) on conflict do nothing`;
  const [own] = await sql<[{ topic_prefix: string }]>`select topic_prefix from topic_set`;
  if (own.topic_prefix === prefix) return;
  throw new ForeignTopicsError(
    `This database counts the votes of Kafka's topics ${describe(own.topic_prefix)}, not of the topics ` +
      `${describe(prefix)}. Set KAFKA_TOPIC_PREFIX as before (on AWS the param kafkaTopicPrefix), or use another database.`,
  );
}

const describe = (prefix: string) => (prefix === '' ? 'without a prefix' : `with the prefix "${prefix}"`);

/** Stores the Kafka cluster's id. It may change: a rebuilt broker is a new cluster.
 * @returns the previous id, if different */
export async function saveCluster(sql: AnySql, clusterId: string): Promise<string | undefined> {
  const [former] = await sql<{ cluster_id: string | null }[]>`
    with former as materialized (select cluster_id from topic_set for update)
    update topic_set set cluster_id = ${clusterId} from former
    where former.cluster_id is distinct from ${clusterId}
    returning former.cluster_id`;
  return former?.cluster_id ?? undefined;
}
