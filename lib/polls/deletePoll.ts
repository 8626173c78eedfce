import { setTimeout as delay } from 'node:timers/promises';
import { deadlineIn, monotonicMs } from '../clock.ts';
import type { IsAsSeen } from '../domain/pollChanges.ts';
import { RULES_FRESH_MS } from '../domain/votingWindows.ts';
import { RefusedError } from '../errors.ts';
import { log } from '../log.ts';
import type { Sql } from '../sql/client.ts';
import { deletePoll, deleteVotesOf } from '../sql/deletePoll.ts';
import { findState } from '../sql/findPoll.ts';

// Enough for about ten thousand votes, more than most polls have. The schedule deletes the rest.
const TIMEOUT_MS = 1_000;

/** Deletes a poll and its data.
 * @param isAsSeen undefined for any state
 * @returns the moment of the monotonic clock from which on no vote for it is accepted, unless Postgres is slow; see `untilForgotten`
 * @throws {RefusedError} `poll_not_found`, `precondition_failed` */
export async function removePoll(sql: Sql, pollId: string, isAsSeen?: IsAsSeen): Promise<number> {
  const pollKey = isAsSeen ? await deleteAsSeen(sql, pollId, isAsSeen) : await deletePoll(sql, pollId);
  if (pollKey === undefined) throw new RefusedError('poll_not_found');
  const forgottenAt = deadlineIn(RULES_FRESH_MS);
  try {
    await deleteVotesOf(sql, pollKey, deadlineIn(TIMEOUT_MS));
  } catch (error) {
    // The poll is deleted already; a failure here would make the client retry and get a 404.
    log.warn('Deleting the votes of a deleted poll failed; the schedule will retry.', {
      poll_id: pollId,
      error,
    });
  }
  return forgottenAt;
}

/** Waits until no process remembers a deleted poll.
 * @param moment as `removePoll` returned it */
export async function untilForgotten(moment: number): Promise<void> {
  // Timers can fire a millisecond early.
  while (monotonicMs() < moment) await delay(moment - monotonicMs());
}

async function deleteAsSeen(sql: Sql, pollId: string, isAsSeen: IsAsSeen): Promise<number | undefined> {
  for (;;) {
    const found = await findState(sql, pollId);
    if (!found) return undefined;
    if (!isAsSeen(found.stateVersion)) throw new RefusedError('precondition_failed');
    const pollKey = await deletePoll(sql, pollId, found.storedVersion);
    if (pollKey !== undefined) return pollKey;
    // The poll was changed or deleted in between, so its state is checked again.
  }
}
