import type { PostgresConfig } from '../config.ts';
import { ConfigError } from '../errors.ts';
import { connect, type Sql } from './client.ts';
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

/** Prepares a statement, then occupies its server connection with another client's transaction and checks
 * whether the statement is gone. RDS Proxy and PgBouncer from 1.21 on keep prepared statements. */
async function isLost(one: Sql, other: Sql): Promise<boolean> {
  for (let look = 0; look < LOOKS; look += 1) {
    await pidOf(one);
    const isPreparedAgain = await other.begin(async (tx) => {
      await tx`select pg_backend_pid()`;
      const again = pidOf(one);
      await again;
      // postgres.js silently prepares a lost statement again and leaves only this flag.
      return Boolean((again as { retried?: unknown }).retried);
    });
    if (isPreparedAgain) return true;
  }
  return false;
}

const pidOf = (sql: Sql) => sql`select pg_backend_pid()`;
