import { deadlineIn } from '../clock.ts';
import { withDeadline } from '../concurrency/deadline.ts';
import type { PostgresConfig } from '../config.ts';
import { NoAnswerError, UnavailableError } from '../errors.ts';
import type { Sql } from './client.ts';
import { isCollision, isPostgresAway, isPostgresBusy, unavailableIfAway } from './faults.ts';

/** Longer than any caller waits, so that running queries can finish. */
const CLOSE_SECONDS = 10;

export interface Database {
  /** @param query restarted from the beginning after a deadlock
   * @param timeoutMs by default a client's timeout
   * @throws {UnavailableError} when Postgres is unavailable, busy or too slow */
  run<T>(query: (sql: Sql) => Promise<T>, timeoutMs?: number): Promise<T>;
}

/** Connects on first use and drops failed clients: a connection to a vanished server would hang for minutes,
 * and a refused one backs off further each time. */
export function createDatabase(config: PostgresConfig): Database {
  let opened: Promise<Sql> | undefined;

  // Loaded on first use: a vote for a cached poll needs no client.
  async function open(): Promise<Sql> {
    const { connect } = await import('./client.ts');
    return connect(config);
  }

  function discard(failed: Promise<Sql>): void {
    // Several queries fail at once; the first one drops the client. Dropping it once also keeps down the
    // listeners on sockets, since each `end` listens to all of them.
    if (opened !== failed) return;
    opened = undefined;
    failed.then((sql) => sql.end({ timeout: CLOSE_SECONDS })).catch(() => {});
  }

  return {
    async run(query, timeoutMs) {
      opened ??= open();
      const asked = opened;
      try {
        return await withPostgresDeadline(() => asked.then(query), timeoutMs);
      } catch (error) {
        const isBusy = error instanceof Error && isPostgresBusy(error.cause);
        if (isFaultOfPostgres(error) && !isBusy) discard(asked);
        throw error;
      }
    },
  };
}

// A client's timeout. These queries take milliseconds, so a slower database counts as unavailable.
const TIMEOUT_MS = 5_000;
const WHO = 'Postgres';

/** All locks are taken in one order, so two collisions in a row are rare. */
const TRIES = 4;

/** True if Postgres or the connection failed, and not another dependency that the query waited for. */
function isFaultOfPostgres(error: unknown): boolean {
  if (error instanceof NoAnswerError) return error.who === WHO;
  return error instanceof UnavailableError && isPostgresAway(error.cause);
}

/** Runs a query with a timeout.
 * @param query restarted after a deadlock, so whatever it has already committed may happen twice
 * @throws {UnavailableError} when Postgres is unavailable, busy or too slow */
export async function withPostgresDeadline<T>(query: () => Promise<T>, timeoutMs = TIMEOUT_MS): Promise<T> {
  const deadline = deadlineIn(timeoutMs);
  for (let left = TRIES - 1; ; left -= 1) {
    try {
      return await withDeadline(query(), deadline, WHO);
    } catch (cause) {
      if (left === 0 || !isCollision(cause)) throw unavailableIfAway(cause);
    }
  }
}

/** About 300 KB: more than the query may keep in memory, in 2 ms. */
const ROWS = 10_000;

/** Checks that Postgres accepts writes: that it is not read-only, and that its disk has space. Function rows
 * that exceed `work_mem` spill to disk, which leaves no trace and takes no locks. One statement and no transaction:
 * without `patchPostgres`, as in tests, postgres.js 3.4 ends the process when the connection of a transaction is lost
 * (https://github.com/porsager/postgres/issues/1208).
 * @throws what prevents writing */
export async function pingPostgres(sql: Sql): Promise<void> {
  const [state] = await sql<[{ is_read_only: boolean }]>`
    select current_setting('transaction_read_only')::boolean as is_read_only, count(spilled)
    from (select set_config('work_mem', '64kB', true) as work_mem offset 0) as set
    cross join lateral generate_series(1, ${ROWS}::integer + 0 * length(work_mem)) as spilled`;
  if (state.is_read_only) throw new UnavailableError('Postgres is read-only.');
}
