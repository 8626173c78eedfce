import { log } from '../log.ts';
import type { Sql } from './client.ts';

/** What is still asked when a work has ended has failed or will not end. */
const CLOSE_SECONDS = 5;

/** Closes the connections when this work with them has ended. What the work says comes out, a failure too: one of
 * the closing would hide it, and is only logged. */
export async function closeAfter<T>(sql: Pick<Sql, 'end'>, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } finally {
    await sql.end({ timeout: CLOSE_SECONDS }).catch((error) => {
      log.warn('Connections to Postgres could not be closed.', { error });
    });
  }
}
