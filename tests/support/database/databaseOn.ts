import type { Sql } from '../../../lib/sql/client.ts';
import type { Database } from '../../../lib/sql/database.ts';

/** A test's own connections as a function sees them, without deadlines. */
export const databaseOn = (sql: Sql): Database => ({ run: (query) => query(sql) });
