import type { PostgresConfig } from '../config.ts';
import { ConfigError } from '../errors.ts';
import { answered } from './answered.ts';
import { connect, type Sql } from './client.ts';

/** A pooler that has nothing else to do gives out its connections by turns, or one to all. */
const LOOKS = 5;

interface Session {
  pid: number;
  /** From version 1.21 on, PgBouncer keeps track of prepared statements, under names of its own. */
  is_tracked: boolean;
}

/** Makes sure that a prepared statement stays with its connection. Behind PgBouncer in transaction mode it goes with
 * whichever connection of the pooler it came to, and votes are lost.
 * @throws {ConfigError} that says what to set
 * @throws {UnavailableError} */
export async function refuseSharedSessions(config: PostgresConfig): Promise<void> {
  if (!config.prepare) return;
  const clients = [connect({ ...config, poolSize: 1 }), connect({ ...config, poolSize: 1 })] as const;
  try {
    if (!(await answered(() => areShared(...clients)))) return;
  } finally {
    await Promise.all(clients.map((sql) => sql.end({ timeout: 1 })));
  }
  throw new ConfigError(
    'There is a pooler that gives its connections to somebody else after each transaction, as PgBouncer does in ' +
      'transaction mode, and prepared statements get lost there. Set POSTGRES_PREPARE=false.',
  );
}

async function areShared(one: Sql, other: Sql): Promise<boolean> {
  const [first, second] = [await sessionOf(one), await sessionOf(other)];
  if (first.is_tracked) return false;
  if (first.pid === second.pid) return true;
  for (let look = 1; look < LOOKS; look += 1) {
    if ((await sessionOf(one)).pid !== first.pid || (await sessionOf(other)).pid !== second.pid) return true;
  }
  return false;
}

async function sessionOf(sql: Sql): Promise<Session> {
  const [session] = await sql<[Session]>`
    select pg_backend_pid() as pid,
      exists (select from pg_prepared_statements where name like 'PGBOUNCER%') as is_tracked`;
  return session;
}
