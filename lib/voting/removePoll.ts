import type { Sql } from '../sql/client.ts';
import { deleteLeftVotes } from '../sql/deleteLeftVotes.ts';
import { deletePoll } from '../sql/deletePoll.ts';
import { refusedBallot } from './refusals.ts';

// Enough for some ten thousand votes, as most polls have at most. The others go with the schedule.
const PATIENCE_MS = 1_000;

/** Deletes a poll with all that belongs to it.
 * @throws {RefusedError} `poll_not_found` */
export async function removePoll(sql: Sql, pollId: string): Promise<void> {
  if (!(await deletePoll(sql, pollId))) throw refusedBallot('poll_not_found');
  await deleteLeftVotes(sql, Date.now() + PATIENCE_MS);
}
