import { setTimeout as delay } from 'node:timers/promises';
import type { PostgresConfig } from '../config.ts';
import { ConfigError } from '../errors.ts';
import { type AnySql, connect, type Sql } from './client.ts';
import { withPostgresDeadline } from './database.ts';

/** Several tries, because a pooler with idle connections may hand out a different one than the test needs. */
const LOOKS = 5;

/** Checks that prepared statements survive between transactions. PgBouncer in transaction mode moves clients
 * between connections, which loses statements and thereby votes.
 * @throws {ConfigError} that names the setting
 * @throws {UnavailableError} */
export async function refuseSharedSessions(config: PostgresConfig): Promise<void> {
  if (!config.prepare) return;
  const clients = [connect({ ...config, poolSize: 1 }), connect({ ...config, poolSize: 1 })] as const;
  try {
    if (!(await withPostgresDeadline(() => isLost(...clients)))) return;
  } finally {
    await Promise.all(clients.map((sql) => sql.end({ timeout: 1 })));
  }
  throw new ConfigError(
    'A pooler in front of Postgres (such as PgBouncer in transaction mode) switches connections after each ' +
      'transaction, which loses prepared statements. Set POSTGRES_PREPARE=false.',
  );
}

/** A server answers in milliseconds. A pooler without another connection answers when the transaction ends. */
const ANSWER_MS = 1_000;

/** Prepares a statement, then occupies its server connection with another client's transaction and checks
 * whether the statement is gone. RDS Proxy and PgBouncer from 1.21 on keep prepared statements. A pooler with a single
 * server connection cannot be checked like this, nor trusted: both clients are in the same session. */
async function isLost(one: Sql, other: Sql): Promise<boolean> {
  for (let look = 0; look < LOOKS; look += 1) {
    await askPid(one);
    const { held, again } = await other.begin(async (tx) => {
      const [row] = await askPid(tx);
      const again = askPid(one);
      await Promise.race([again, delay(ANSWER_MS, undefined, { ref: false })]);
      return { held: row?.pid, again };
    });
    const [row] = await again;
    // postgres.js silently prepares a lost statement again and leaves only this flag.
    if ((again as { retried?: unknown }).retried || row?.pid === held) return true;
  }
  return false;
}

const askPid = (sql: AnySql) => sql<{ pid: number }[]>`select pg_backend_pid() as pid`;
