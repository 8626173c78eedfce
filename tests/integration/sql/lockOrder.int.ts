import { expect, test } from '@jest/globals';
import { connect, type Sql } from '../../../lib/sql/client.ts';
import { reconcile } from '../../../lib/sql/drift.ts';
import { onEachPostgres } from '../../support/database/eachPostgres.ts';
import {
  pollsToWriteTo,
  type Writer,
  writersOfConnections,
  writersOfPolls,
} from '../../support/database/writers.ts';

/** Each of the two versions of PostgreSQL takes so long. */
const STRESS_SECONDS = Number(process.env['STRESS_SECONDS'] || 6);
/** Each writer meets itself, too. */
const OF_EACH = 2;

/** A deletion between a batch's votes and its counts; the batch comes again. */
const FOREIGN_KEY_VIOLATION = '23503';

async function keepWriting(sql: Sql, write: Writer, until: number, failed: (error: unknown) => void) {
  let times = 0;
  for (; Date.now() < until; times++) await write(sql).catch(failed);
  return times;
}

onEachPostgres('all concurrent writers', (database) => {
  test(
    `for ${STRESS_SECONDS} s never deadlock`,
    async () => {
      const { sql, config } = database();
      // Deadlocks are found at once, and the cycle goes on to the next.
      await sql`alter database ${sql(config.database)} set deadlock_timeout = '20ms'`;
      const polls = await pollsToWriteTo(sql);
      const writers = Object.entries({ ...writersOfPolls(polls), ...writersOfConnections(polls) });
      const own = connect({ ...config, poolSize: writers.length * OF_EACH });
      const failures: Record<string, number> = {};
      const until = Date.now() + STRESS_SECONDS * 1_000;
      const written = await Promise.all(
        writers.flatMap(([name, write]) =>
          Array.from({ length: OF_EACH }, () =>
            keepWriting(own, write, until, (error) => {
              const code = error instanceof Error && 'code' in error ? `${error.code}` : `${error}`;
              if (name.startsWith('tally') && code === FOREIGN_KEY_VIOLATION) return;
              failures[`${name}: ${code}`] = (failures[`${name}: ${code}`] ?? 0) + 1;
            }),
          ),
        ),
      );
      await own.end();
      expect(failures).toEqual({});
      const [stats] = await sql`select deadlocks from pg_stat_database where datname = ${config.database}`;
      expect(stats).toEqual({ deadlocks: 0 });
      expect(Math.min(...written)).toBeGreaterThan(1);
      expect(await reconcile(sql, false)).toEqual([]);
    },
    (STRESS_SECONDS + 60) * 1_000,
  );
});
