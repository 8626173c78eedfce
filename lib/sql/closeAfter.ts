import { log } from '../log.ts';
import type { Sql } from './client.ts';

/** Nothing is asked any more when a work has succeeded. */
const CLOSE_SECONDS = 5;

/** Closes the connections when this work with them has ended. What the work says comes out, a failure too: one of
 * the closing would hide it, and is only logged. */
export async function closeAfter<T>(sql: Pick<Sql, 'end'>, work: Promise<T>): Promise<T> {
  const close = (timeout: number) =>
    sql.end({ timeout }).catch((error) => {
      log.warn('Connections to Postgres could not be closed.', { error });
    });
  try {
    const result = await work;
    await close(CLOSE_SECONDS);
    return result;
  } catch (error) {
    // What is still asked has failed as well, or will not end.
    await close(0);
    throw error;
  }
}
