import type { Poll } from '../domain/poll.ts';
import { decideChanges, type PollChanges } from '../domain/pollChanges.ts';
import { isOver } from '../domain/votingTimes.ts';
import { invalidField, RefusedError } from '../errors.ts';
import type { Sql } from '../sql/client.ts';
import { findChangeablePoll } from '../sql/findChangeablePoll.ts';
import { findPoll } from '../sql/findPoll.ts';
import { type Saved, saveChangedPoll } from '../sql/saveChangedPoll.ts';
import { refusedBallot } from './refusals.ts';

/**
 * Changes a poll as its owner asks, all of it or nothing. Whenever somebody else was faster, it is decided anew, on
 * what they have made of the poll.
 *
 * A process may have the rules from before in its memory for some seconds, or as long as Postgres is away. What
 * it lets through meanwhile is rejected when it is counted, by the time at which it was accepted.
 *
 * @param clock milliseconds since 1970
 * @returns the poll as it is now
 * @throws {RefusedError} `poll_not_found`, `invalid_request`, `has_votes`
 */
export async function changePoll(
  sql: Sql,
  pollId: string,
  changes: PollChanges,
  clock: () => number = Date.now,
): Promise<Poll> {
  let saved: Saved = 'outdated';
  while (saved === 'outdated') saved = await tryToChange(sql, pollId, changes, clock());
  if (saved === 'has_votes') {
    throw new RefusedError('has_votes', 'Votes have been counted, so question and options stay as they are.');
  }
  const poll = await findPoll(sql, pollId, clock());
  if (!poll) throw refusedBallot('poll_not_found');
  return poll;
}

async function tryToChange(sql: Sql, pollId: string, changes: PollChanges, now: number): Promise<Saved> {
  const found = await findChangeablePoll(sql, pollId);
  if (!found) throw refusedBallot('poll_not_found');
  const decision = decideChanges(found.poll, changes, now);
  if (decision.outcome === 'unchanged') return 'saved';
  if (decision.outcome === 'refused') throw invalidField(decision.field, decision.detail);
  const { poll, isTextChanged, areTimesChanged } = decision;
  const isClosed = areTimesChanged ? isOver(poll.times, now) : null;
  return saveChangedPoll(sql, { pollId, stateVersion: found.stateVersion, poll, isTextChanged, isClosed });
}
