import { randomBytes } from 'node:crypto';
import { until } from '../../../lib/concurrency/deadline.ts';
import type { PostgresConfig } from '../../../lib/config.ts';
import { connect, type Sql } from '../../../lib/sql/client.ts';
import { migrate } from '../../../lib/sql/migrate.ts';

export interface Login {
  host: string;
  port: number;
  user: string;
  password: string;
}

/** A database with nothing in it but the schema. */
export interface FreshDatabase {
  sql: Sql;
  /** For connections of your own: `connect(config)`. */
  config: PostgresConfig;
  /** Closes the connections; the database goes with its server. */
  end(): Promise<void>;
}

const TEMPLATE = 'poleparty_template';

/** The server of this version that every integration test shares: the jest setup has started it. */
export function sharedServer(version: 14 | 18 = 18): Login {
  const name = version === 14 ? 'TEST_POSTGRES_14_PORT' : 'TEST_POSTGRES_PORT';
  const port = Number(process.env[name]);
  if (!port) throw new Error(`${name} is not set: this test runs in the jest project "int".`);
  return { host: '127.0.0.1', port, user: 'poleparty', password: 'poleparty' };
}

/** Migrates a database once, which `freshDatabase` then copies: faster than running every migration again. */
export async function makeTemplate(server: Login): Promise<void> {
  await asAdmin(server, (admin) => admin`create database ${admin(TEMPLATE)}`);
  const sql = connect(configOf(server, TEMPLATE, 1));
  await migrate(sql, '');
  await sql.end();
}

/**
 * A new, migrated database.
 *
 * @param server where `makeTemplate` has run; the shared server if not given
 * @param connections the maximum number of connections
 */
export async function freshDatabase(server = sharedServer(), connections = 5): Promise<FreshDatabase> {
  const config = configOf(server, `test_${randomBytes(6).toString('hex')}`, connections);
  await asAdmin(
    server,
    (admin) => admin`create database ${admin(config.database)} template ${admin(TEMPLATE)}`,
  );
  const sql = connect(config);
  return { sql, config, end: () => sql.end() };
}

/** A new database with nothing in it, not even the schema. */
export async function emptyDatabase(server = sharedServer(), connections = 5): Promise<FreshDatabase> {
  const config = configOf(server, `test_${randomBytes(6).toString('hex')}`, connections);
  await asAdmin(server, (admin) => admin`create database ${admin(config.database)} template template0`);
  const sql = connect(config);
  return { sql, config, end: () => sql.end() };
}

const COPIED_WITHIN_MS = 30_000;

/** A copy of a database as it is now. Cuts the connections to it, because a template must have none. */
export async function copyDatabase({ config }: Pick<FreshDatabase, 'config'>): Promise<FreshDatabase> {
  const { host, port, user, password = '', database, poolSize } = config;
  const server = { host, port, user, password };
  const copy = configOf(server, `test_${randomBytes(6).toString('hex')}`, poolSize);
  await asAdmin(server, (admin) =>
    until(async () => {
      await admin`select pg_terminate_backend(pid) from pg_stat_activity where datname = ${database}`;
      await admin`create database ${admin(copy.database)} template ${admin(database)}`;
    }, COPIED_WITHIN_MS),
  );
  const sql = connect(copy);
  return { sql, config: copy, end: () => sql.end() };
}

/** The configuration of connections to a database of this server. */
export function configOf(
  { host, port, user, password }: Login,
  database: string,
  poolSize: number,
): PostgresConfig {
  return {
    host,
    port,
    user,
    password,
    database,
    poolSize,
    auth: 'password',
    tls: 'off',
    prepare: true,
    region: undefined,
  };
}

async function asAdmin(server: Login, work: (sql: Sql) => Promise<unknown>): Promise<void> {
  const admin = connect(configOf(server, 'postgres', 1));
  try {
    await work(admin);
  } finally {
    await admin.end();
  }
}
