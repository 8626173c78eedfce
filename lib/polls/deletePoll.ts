import { deadlineIn } from '../clock.ts';
import { RefusedError } from '../errors.ts';
import { log } from '../log.ts';
import type { Sql } from '../sql/client.ts';
import { deletePoll, deleteVotesOf } from '../sql/deletePoll.ts';

// Enough for some ten thousand votes, as most polls have at most. The others go with the schedule.
const PATIENCE_MS = 1_000;

/** Deletes a poll with all that belongs to it.
 * @throws {RefusedError} `poll_not_found` */
export async function removePoll(sql: Sql, pollId: string): Promise<void> {
  const pollKey = await deletePoll(sql, pollId);
  if (pollKey === undefined) throw new RefusedError('poll_not_found');
  try {
    await deleteVotesOf(sql, pollKey, deadlineIn(PATIENCE_MS));
  } catch (error) {
    // The poll is deleted all the same: nobody may hear anything else, or try again and find no poll.
    log.warn('Votes of a deleted poll are left to the schedule.', { poll_id: pollId, error });
  }
}
