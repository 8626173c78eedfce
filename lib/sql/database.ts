import { deadlineIn } from '../clock.ts';
import { withDeadline } from '../concurrency/deadline.ts';
import type { PostgresConfig } from '../config.ts';
import { errorCode, NoAnswerError, UnavailableError } from '../errors.ts';
import type { Sql } from './client.ts';

/** Longer than anybody waits for an answer: what others have asked meanwhile may yet be answered. */
const CLOSE_SECONDS = 10;

/** A process's connections to Postgres. */
export interface Database {
  /**
   * @param query is called again as a whole if it met a deadlock
   * @param patienceMs as long as a client waits, if not given
   * @throws {UnavailableError} when Postgres is away or busy, or does not answer in time
   */
  run<T>(query: (sql: Sql) => Promise<T>, patienceMs?: number): Promise<T>;
}

/** Opens connections when they are first needed, and gives up those that failed: one to a server that is gone without
 * a word would hang for minutes, and one that is refused waits longer and longer before it tries again. */
export function createDatabase(config: PostgresConfig): Database {
  let opened: Promise<Sql> | undefined;

  // The client is loaded when it is first needed: a vote for a poll in memory needs none.
  async function open(): Promise<Sql> {
    const { connect } = await import('./client.ts');
    return connect(config);
  }

  function discard(failed: Promise<Sql>): void {
    // Many fail at the same time: the first gives it up for all, since each end listens to every socket's.
    if (opened !== failed) return;
    opened = undefined;
    failed.then((sql) => sql.end({ timeout: CLOSE_SECONDS })).catch(() => {});
  }

  return {
    async run(query, patienceMs) {
      opened ??= open();
      const asked = opened;
      try {
        return await withPostgresDeadline(() => asked.then(query), patienceMs);
      } catch (error) {
        const isBusy = error instanceof Error && isPostgresBusy(error.cause);
        if (isFaultOfPostgres(error) && !isBusy) discard(asked);
        throw error;
      }
    },
  };
}

// As long as a client waits. What these functions ask takes milliseconds: a database that hangs is as good as gone.
const PATIENCE_MS = 5_000;
const WHO = 'Postgres';

const AWAY = new Set([
  ...['CONNECTION_CLOSED', 'CONNECTION_ENDED', 'CONNECTION_DESTROYED', 'CONNECT_TIMEOUT'],
  ...['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH'],
]);
// Connection, lack of resources, shutdown or start-up, a transaction that stood idle; a former writer that is
// read-only now.
const AWAY_SQLSTATE = /^(?:08...|53...|57P0[1-5]|25P03|25006)$/;
// A lock or a statement took longer than limits.ts allows, the disk is full, or statements were in each other's way.
// The connection is as good as before.
const BUSY_SQLSTATE = /^(?:55P03|57014|53100|40P01|40001)$/;
// A deadlock or a serialisation failure, of which all but one get their way at once.
const COLLISION_SQLSTATE = /^(?:40P01|40001)$/;
/** Every lock is taken in one order, so a second collision in a row is a rarity. */
const TRIES = 4;

const codeOf = (error: unknown) => errorCode(error) ?? '';

/** Whether an error says that Postgres is away for now, and nothing about the query. */
export function isPostgresAway(error: unknown): boolean {
  return AWAY.has(codeOf(error)) || AWAY_SQLSTATE.test(codeOf(error));
}

/** Whether a server that is there says that it cannot do this now, and may soon. */
export function isPostgresBusy(error: unknown): boolean {
  return BUSY_SQLSTATE.test(codeOf(error));
}

/** Whether a fault is one of Postgres or of the way to it, and not of what else a query had to wait for. */
export function isFaultOfPostgres(error: unknown): boolean {
  if (error instanceof NoAnswerError) return error.who === WHO;
  return error instanceof UnavailableError && isPostgresAway(error.cause);
}

/** An error of Postgres, or the fault that it comes from if Postgres is away or busy. */
export function unavailableIfAway(error: unknown): unknown {
  if (isPostgresBusy(error)) return new UnavailableError('Postgres is busy.', { cause: error });
  return isPostgresAway(error) ? new UnavailableError('Postgres is away.', { cause: error }) : error;
}

/** The answer to a query, in bounded time.
 * @param query is called again if it met a deadlock, so all that it has committed by then may be done twice
 * @throws {UnavailableError} when Postgres is away or busy, or does not answer in time */
export async function withPostgresDeadline<T>(query: () => Promise<T>, patienceMs = PATIENCE_MS): Promise<T> {
  const deadline = deadlineIn(patienceMs);
  for (let left = TRIES - 1; ; left -= 1) {
    try {
      return await withDeadline(query(), deadline, WHO);
    } catch (cause) {
      if (left === 0 || !COLLISION_SQLSTATE.test(codeOf(cause))) throw unavailableIfAway(cause);
    }
  }
}

/** Some 300 KB: more than a query may keep in memory here. Takes 2 ms. */
const ROWS = 10_000;

/** Asks whether Postgres takes writes: whether it allows them, and whether there is room on the disk, to which the
 * rows of a function go that do not fit its memory. That leaves nothing behind and locks nothing.
 * @throws whatever keeps it from that */
export async function pingPostgres(sql: Sql): Promise<void> {
  await sql.begin(async (tx) => {
    const [state] = await tx<[{ is_read_only: boolean }]>`
      select current_setting('transaction_read_only')::boolean as is_read_only, set_config('work_mem', '64kB', true)`;
    if (state.is_read_only) throw new UnavailableError('Postgres is read-only.');
    await tx`select count(*) from generate_series(1, ${ROWS}::integer)`;
  });
}
