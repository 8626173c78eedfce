import { deadlineIn } from '../clock.ts';
import { RefusedError } from '../errors.ts';
import { log } from '../log.ts';
import type { Sql } from '../sql/client.ts';
import { deletePoll, deleteVotesOf } from '../sql/deletePoll.ts';

// Enough for about ten thousand votes, more than most polls have. The schedule deletes the rest.
const PATIENCE_MS = 1_000;

/** Deletes a poll and its data.
 * @throws {RefusedError} `poll_not_found` */
export async function removePoll(sql: Sql, pollId: string): Promise<void> {
  const pollKey = await deletePoll(sql, pollId);
  if (pollKey === undefined) throw new RefusedError('poll_not_found');
  try {
    await deleteVotesOf(sql, pollKey, deadlineIn(PATIENCE_MS));
  } catch (error) {
    // The poll is deleted already; a failure here would make the client retry and get a 404.
    log.warn('Deleting the votes of a deleted poll failed; the schedule will retry.', {
      poll_id: pollId,
      error,
    });
  }
}
