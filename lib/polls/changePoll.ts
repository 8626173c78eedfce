import { setTimeout as delay } from 'node:timers/promises';
import { deadlineIn, monotonicMs, wallClockMs } from '../clock.ts';
import type { Poll } from '../domain/poll.ts';
import { decideChanges, type PollChanges } from '../domain/pollChanges.ts';
import { isOver, LEAD_MS, type VotingTimes } from '../domain/votingWindows.ts';
import { invalidField, RefusedError, UnavailableError } from '../errors.ts';
import { type FoundPoll, findChangeablePoll, type Saved, saveChangedPoll } from '../sql/changePoll.ts';
import type { Sql } from '../sql/client.ts';
import { findPoll } from '../sql/findPoll.ts';
import { closeEndedPolls } from '../sql/pollEnds.ts';

// A try takes some milliseconds, or waits for a reopening that is in force within a second.
const PATIENCE_MS = 6_000;
/** How long the whole takes at most while Postgres answers: the tries, and until the last of them is in force. */
export const CHANGE_PATIENCE_MS = PATIENCE_MS + 2 * LEAD_MS;

export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Resolves at that moment or after it; if the clock is set back meanwhile, as soon as without that. */
  until(moment: number): Promise<void>;
}

const systemClock: Clock = {
  now: wallClockMs,
  async until(moment) {
    const end = deadlineIn(moment - wallClockMs());
    // A timer may fire a millisecond early.
    while (monotonicMs() < end) await delay(end - monotonicMs());
  },
};

/** What a try came to, the times that the poll has now, and the moment at which they are in force. */
interface Tried {
  saved: Saved;
  times: VotingTimes;
  inForceAt: number;
}

/**
 * Changes a poll as its owner asks, all of it or nothing. Whenever somebody else was faster, or the change came into
 * the database too late for the moment from which it was to hold, it is decided anew.
 *
 * Ends as soon as the change is in force. A process may have the rules from before in its memory for some seconds,
 * or as long as Postgres is away. What it lets through meanwhile is rejected when it is counted, by the time at which
 * it was accepted.
 *
 * @returns the poll as it is now
 * @throws {RefusedError} `poll_not_found`, `invalid_request`, `has_votes`
 * @throws {UnavailableError} when no try succeeds in time
 */
export async function changePoll(
  sql: Sql,
  pollId: string,
  changes: PollChanges,
  clock = systemClock,
): Promise<Poll> {
  const deadline = deadlineIn(PATIENCE_MS);
  let tried = await tryToChange(sql, pollId, changes, clock);
  while (tried.saved === 'outdated') {
    if (monotonicMs() > deadline) throw new UnavailableError('The poll could not be changed in time.');
    tried = await tryToChange(sql, pollId, changes, clock);
  }
  if (tried.saved === 'has_votes') {
    throw new RefusedError('has_votes');
  }
  if (isSoon(tried.inForceAt, clock)) await clock.until(tried.inForceAt);
  if (isOver(tried.times, clock.now())) await closeEndedPolls(sql, clock.now(), pollId);
  const poll = await findPoll(sql, pollId, clock.now());
  if (!poll) throw new RefusedError('poll_not_found');
  return poll;
}

/** An end further ahead was moved: there is nothing to wait for. */
function isSoon(moment: number, clock: Clock): boolean {
  return moment - clock.now() <= LEAD_MS;
}

async function tryToChange(sql: Sql, pollId: string, changes: PollChanges, clock: Clock): Promise<Tried> {
  const found = await findChangeablePoll(sql, pollId);
  if (!found) throw new RefusedError('poll_not_found');
  const decision = decideChanges(found.poll, changes, clock.now());
  if (decision.outcome === 'refused') throw invalidField(decision.field, decision.detail);
  if (decision.outcome === 'unchanged') return unchanged(found, changes);
  const { poll, isTextChanged, timesChange } = decision;
  if (timesChange && !isSoon(timesChange.from, clock) && isAboutToReopen(found, clock)) {
    // Viewers are told of another end at once, and would not be told of the opening that is still ahead.
    await clock.until(found.windowsFrom);
    return { saved: 'outdated', times: found.poll.times, inForceAt: 0 };
  }
  const { stateVersion } = found;
  const saved = await saveChangedPoll(sql, { pollId, stateVersion, poll, isTextChanged, timesChange });
  return { saved, times: poll.times, inForceAt: timesChange?.from ?? 0 };
}

function isAboutToReopen({ poll, windowsFrom }: FoundPoll, clock: Clock): boolean {
  return windowsFrom === poll.times.latest.start && windowsFrom > clock.now() && isSoon(windowsFrom, clock);
}

/** All is as asked for, perhaps by the same request before, and perhaps not in force yet. */
function unchanged({ poll: { times }, windowsFrom }: FoundPoll, { closed, expired_at }: PollChanges): Tried {
  const areTimesAsked = closed !== undefined || expired_at !== undefined;
  const inForceAt = closed ? times.latest.end : windowsFrom;
  return { saved: 'saved', times, inForceAt: areTimesAsked ? inForceAt : 0 };
}
