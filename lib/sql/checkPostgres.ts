import { shareResults } from '../concurrency/shareResults.ts';
import type { PostgresConfig } from '../config.ts';
import { closeAfter } from './closeAfter.ts';
import { pingPostgres, withPostgresDeadline } from './database.ts';

/** Anybody can ask for a check, and each opens a connection. */
const INTERVAL_MS = 1_000;

/** Checks that Postgres accepts a new connection, and writes. A connection that is kept would go on working when the
 * server has none left for others.
 * @returns the check; calls within a second share its result
 * @throws {UnavailableError} when Postgres is unavailable, busy or too slow */
export function createPostgresCheck(config: PostgresConfig, timeoutMs: number): () => Promise<void> {
  return shareResults(async () => {
    const { connect } = await import('./client.ts');
    const sql = connect({ ...config, poolSize: 1 });
    const ping = withPostgresDeadline(() => pingPostgres(sql), timeoutMs);
    await closeAfter(sql, ping);
  }, INTERVAL_MS);
}
