import { UnavailableError } from '../errors.ts';
import { withDeadline } from '../withDeadline.ts';

// As long as a client waits. What these functions ask takes milliseconds: a database that hangs is as good as gone.
const PATIENCE_MS = 5_000;

const AWAY = new Set([
  ...['CONNECTION_CLOSED', 'CONNECTION_ENDED', 'CONNECTION_DESTROYED', 'CONNECT_TIMEOUT'],
  ...['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH'],
]);
// Connection, lack of resources, shutdown or start-up; a former writer that is read-only now.
const AWAY_SQLSTATE = /^(?:08...|53...|57P0[1-5]|25006)$/;

/** Whether an error says that Postgres is away for now, and nothing about the query. */
export function isPostgresAway(error: unknown): boolean {
  if (typeof error !== 'object' || error === null || !('code' in error)) return false;
  const code = String(error.code);
  return AWAY.has(code) || AWAY_SQLSTATE.test(code);
}

/** An error of Postgres, or the fault that it comes from if Postgres is away. */
export function unavailableIfAway(error: unknown): unknown {
  return isPostgresAway(error) ? new UnavailableError('Postgres is away.', { cause: error }) : error;
}

/** The answer to a query, in bounded time.
 * @throws {UnavailableError} when Postgres is away or does not answer in time */
export async function answered<T>(query: Promise<T>, patienceMs = PATIENCE_MS): Promise<T> {
  try {
    return await withDeadline(query, Date.now() + patienceMs, 'Postgres');
  } catch (cause) {
    throw unavailableIfAway(cause);
  }
}
