import { createParts } from '../outages.ts';
import type { Sql } from '../sql/client.ts';
import { deleteOldCreations } from '../sql/creations.ts';
import type { Database } from '../sql/database.ts';
import { databaseNow } from '../sql/databaseClock.ts';
import { deleteLeftVotes, deleteOldFormerPolls } from '../sql/deletePoll.ts';
import { expirePolls } from './expirePolls.ts';

export interface Retention {
  /** For how many days after its end a poll is kept; 0 for ever. */
  retainDays: number;
  /** How long the log keeps ballots. */
  votesRetentionDays: number;
}

/** The time limit of each part; the next call continues. */
const PART_MS = 30_000;
/** Includes the page that is being deleted when the time is over. */
const PART_TIMEOUT_MS = PART_MS + 10_000;

/** Deletes what is old: polls that ended long ago, votes of deleted polls, idempotency keys, records of deleted polls.
 * Never throws: a failed part is logged, and the next call retries it. */
export async function cleanUp(
  database: Database,
  { retainDays, votesRetentionDays }: Retention,
): Promise<void> {
  const { attempt } = createParts(PART_MS);
  const part = (what: string, work: (sql: Sql, now: number, deadline: number) => Promise<void>) =>
    attempt(what, (deadline) =>
      database.run(async (sql) => work(sql, await databaseNow(sql), deadline), PART_TIMEOUT_MS),
    );
  await Promise.all([
    part('Deleting old polls', (sql, now, deadline) => expirePolls(sql, retainDays, now, deadline)),
    part('Deleting votes of deleted polls', (sql, _now, deadline) => deleteLeftVotes(sql, deadline)),
    part('Deleting old idempotency keys', (sql, now, deadline) => deleteOldCreations(sql, now, deadline)),
    part('Deleting old records of deleted polls', (sql, now, deadline) =>
      deleteOldFormerPolls(sql, votesRetentionDays, now, deadline),
    ),
  ]);
}
