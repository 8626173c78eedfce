import { log } from '../log.ts';
import type { Sql } from './client.ts';

/** After successful work, no query is running. */
const CLOSE_SECONDS = 5;

/** Awaits the work, then closes the connections. A failure to close is only logged, so that it never hides
 * the work's own result or error. */
export async function closeAfter<T>(sql: Pick<Sql, 'end'>, work: Promise<T>): Promise<T> {
  const close = (timeout: number) =>
    sql.end({ timeout }).catch((error) => {
      log.warn('Closing the connections to Postgres failed.', { error });
    });
  try {
    const result = await work;
    await close(CLOSE_SECONDS);
    return result;
  } catch (error) {
    // Running queries have failed too, or would hang.
    await close(0);
    throw error;
  }
}
