import { postgresConfig } from '../config.ts';
import { answered, isFaultOfPostgres, isPostgresBusy } from './answered.ts';
import type { Sql } from './client.ts';

/** Longer than anybody waits for an answer: what others have asked meanwhile may yet be answered. */
const CLOSE_SECONDS = 10;

let opened: Promise<Sql> | undefined;

/** Loads the client when it is first needed: a vote for a poll in memory needs none. */
async function open(): Promise<Sql> {
  const { connect } = await import('./client.ts');
  return connect(postgresConfig());
}

function discard(failed: Promise<Sql>): void {
  // Many fail at the same time: the first gives it up for all, since each end listens to every socket's.
  if (opened !== failed) return;
  opened = undefined;
  failed.then((sql) => sql.end({ timeout: CLOSE_SECONDS })).catch(() => {});
}

/** Asks Postgres over this process's connections. Those that failed are given up: one to a server that is gone
 * without a word would hang for minutes, and one that is refused waits longer and longer before it tries again.
 * @param query is called again as a whole if it met a deadlock
 * @param patienceMs as long as a client waits, if not given
 * @throws {UnavailableError} when Postgres is away or busy, or does not answer in time */
export async function askPostgres<T>(query: (sql: Sql) => Promise<T>, patienceMs?: number): Promise<T> {
  opened ??= open();
  const asked = opened;
  try {
    return await answered(() => asked.then(query), patienceMs);
  } catch (error) {
    if (isFaultOfPostgres(error) && !(error instanceof Error && isPostgresBusy(error.cause))) discard(asked);
    throw error;
  }
}
