import type { PostgresConfig } from '../config.ts';
import { ConfigError } from '../errors.ts';
import { connect, type Sql } from './client.ts';
import { withPostgresDeadline } from './database.ts';

/** A pooler with more than one idle connection may give out another than the one that is meant to be missed. */
const LOOKS = 5;

/** Makes sure that a prepared statement stays with its connection. Behind PgBouncer in transaction mode it goes with
 * whichever connection of the pooler it came to, and votes are lost.
 * @throws {ConfigError} that says what to set
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
    'There is a pooler that gives its connections to somebody else after each transaction, as PgBouncer does in ' +
      'transaction mode, and prepared statements get lost there. Set POSTGRES_PREPARE=false.',
  );
}

/** Whether a statement that is known is gone, because another client's transaction has the connection where it was
 * prepared. Poolers that keep track of prepared statements, as RDS Proxy and PgBouncer from 1.21 on, lose none. */
async function isLost(one: Sql, other: Sql): Promise<boolean> {
  for (let look = 0; look < LOOKS; look += 1) {
    await pidOf(one);
    const isPreparedAgain = await other.begin(async (tx) => {
      await tx`select pg_backend_pid()`;
      const again = pidOf(one);
      await again;
      // The client prepares a statement once more if it is gone, notes that here, and tells nobody.
      return Boolean((again as { retried?: unknown }).retried);
    });
    if (isPreparedAgain) return true;
  }
  return false;
}

const pidOf = (sql: Sql) => sql`select pg_backend_pid()`;
