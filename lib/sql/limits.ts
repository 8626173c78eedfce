import type { AnySql, Sql } from './client.ts';

/** What no function needs to wait for. Nobody takes back a statement that its client no longer waits for: without
 * an end of its own, each keeps a connection, until there are none left for anybody. */
const LIMITS = {
  // Below a client's patience of 5 s, so that it hears of it, and the connection serves the next.
  lock_timeout: '4s',
  // Below the tally's patience of 10 s, so that a batch is known to be rolled back when it comes again.
  statement_timeout: '9s',
  // A process that was frozen or lost in a transaction holds its locks no longer than that.
  idle_in_transaction_session_timeout: '10s',
};

/** Of operators and deployments, who wait for a table of any size. */
const LONG_LIMITS = { statement_timeout: '1h', idle_in_transaction_session_timeout: '1min' };

/** Bounds what this user does in this database, for all connections from now on. Settings of the role hold behind a
 * proxy too, which may refuse those that a connection brings along, or keep them for another client. */
export async function setLimits(sql: AnySql): Promise<void> {
  const [{ database }] = await sql<[{ database: string }]>`select current_database() as database`;
  for (const [name, value] of Object.entries(LIMITS)) {
    await sql.unsafe(
      `alter role current_user in database "${database.replaceAll('"', '""')}" set ${name} = '${value}'`,
    );
  }
}

/** A transaction for work that may take long. It waits for locks no longer than any other. */
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
