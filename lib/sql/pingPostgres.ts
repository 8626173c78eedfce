import { UnavailableError } from '../errors.ts';
import type { Sql } from './client.ts';

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
