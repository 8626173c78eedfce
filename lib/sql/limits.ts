import type { AnySql, Sql } from './client.ts';

/** Statements outlive clients that stop waiting. Without a timeout, they would hold all connections. */
const LIMITS = {
  // Below a client's timeout of 5 s, so it gets the error and the connection can be reused.
  lock_timeout: '4s',
  // Below the tally's timeout of 10 s, so a batch has certainly rolled back before its retry.
  statement_timeout: '9s',
  // Releases the locks of a process that froze or died in a transaction.
  idle_in_transaction_session_timeout: '10s',
};

/** For operators and deployments, which work on tables of any size. */
const LONG_LIMITS = { statement_timeout: '1h', idle_in_transaction_session_timeout: '1min' };

/** Sets the timeouts on this role in this database, for all new connections. Role settings also work behind a
 * proxy, which may reject a connection's own settings or leak them to another client. */
export async function setLimits(sql: AnySql): Promise<void> {
  const [{ database }] = await sql<[{ database: string }]>`select current_database() as database`;
  for (const [name, value] of Object.entries(LIMITS)) {
    await sql.unsafe(
      `alter role current_user in database "${database.replaceAll('"', '""')}" set ${name} = '${value}'`,
    );
  }
}

/** Runs a long transaction. Its lock timeout stays as short as any other's. */
export async function inLongTransaction<T>(
  sql: Sql,
  work: (tx: AnySql) => Promise<T>,
  mode = '',
): Promise<T> {
  const result = await sql.begin(mode, async (tx) => {
    for (const [name, value] of Object.entries(LONG_LIMITS))
      await tx`select set_config(${name}, ${value}, true)`;
    return { value: await work(tx) };
  });
  return result.value;
}
