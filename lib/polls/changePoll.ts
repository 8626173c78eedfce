import { deadlineIn, monotonicMs } from '../clock.ts';
import { decideChanges, type IsAsSeen, type PollChanges } from '../domain/pollChanges.ts';
import { isOver, LEAD_MS, RULES_FRESH_MS, type VotingTimes } from '../domain/votingWindows.ts';
import { REWORDING_PAUSE_MS } from '../domain/wording.ts';
import { invalidField, RefusedError, UnavailableError } from '../errors.ts';
import { type Saved, saveChangedPoll } from '../sql/changePoll.ts';
import type { Sql } from '../sql/client.ts';
import { type Clock, databaseClock } from '../sql/databaseClock.ts';
import { type FoundPoll, findChangeablePoll } from '../sql/findChangeablePoll.ts';
import { findPolls, type StoredPoll } from '../sql/findPoll.ts';
import { closeEndedPolls } from '../sql/pollEnds.ts';

// A try takes milliseconds, or waits up to a second for a pending reopening to take effect.
const TIMEOUT_MS = 6_000;
/** The longest duration while Postgres responds: all tries, plus the wait until the last one takes effect. */
export const CHANGE_TIMEOUT_MS = TIMEOUT_MS + LEAD_MS + REWORDING_PAUSE_MS;

interface ChangeOptions {
  /** Whether the poll is still as its owner saw it; undefined accepts any state. */
  isAsSeen?: IsAsSeen | undefined;
  /** Read before each try, because a clock that was read slowly is behind. */
  readClock?: (sql: Sql) => Promise<Clock>;
}

/** The time from when new times take effect until no process uses older rules, if their commit came at the last moment
 * that the database allows. */
const LATEST_FORGOTTEN_MS = RULES_FRESH_MS - LEAD_MS / 2;

interface Tried {
  outcome: Exclude<Saved, object> | 'saved';
  times: VotingTimes;
  /** Milliseconds since 1970: when new times take effect. */
  inForceAt: number;
  /** Milliseconds since 1970: from when no process uses older rules. */
  forgottenAt: number;
  /** Milliseconds since 1970: when votes for new words begin to count. */
  votesCountFrom: number;
}

const AT_ONCE = { inForceAt: 0, forgottenAt: 0, votesCountFrom: 0 };

/** Changes a poll as its owner asks, all or nothing. After a concurrent change, or a commit too late for the
 * moment at which the change takes effect, it decides again. Returns once the change is in effect, and no other
 * process uses older rules. Only while Postgres is slow or unavailable to one may it use them for longer; votes that
 * it accepts meanwhile are rejected when counted, by acceptance time or wording.
 * @returns the poll as it is now
 * @throws {RefusedError} `poll_not_found`, `precondition_failed`, `invalid_request`, `has_votes`
 * @throws {UnavailableError} when no try succeeds in time */
export async function changePoll(
  sql: Sql,
  pollId: string,
  changes: PollChanges,
  { isAsSeen, readClock = databaseClock }: ChangeOptions = {},
): Promise<StoredPoll> {
  const deadline = deadlineIn(TIMEOUT_MS);
  let clock = await readClock(sql);
  const attempt = () => tryToChange(sql, pollId, changes, clock, isAsSeen);
  let tried = await attempt();
  while (tried.outcome === 'outdated') {
    if (monotonicMs() > deadline) throw new UnavailableError('The poll could not be changed in time.');
    clock = await readClock(sql);
    tried = await attempt();
  }
  if (tried.outcome === 'has_votes') throw new RefusedError('has_votes');
  await untilInForce(tried, clock);
  if (isOver(tried.times, clock.now())) await closeEndedPolls(sql, clock.now(), pollId);
  const [found] = await findPolls(sql, [pollId], clock.now());
  if (!found) throw new RefusedError('poll_not_found');
  return found;
}

async function untilInForce(tried: Tried, clock: Clock): Promise<void> {
  const { times, inForceAt, forgottenAt, votesCountFrom } = tried;
  if (isSoon(inForceAt, clock)) await clock.until(Math.max(inForceAt, forgottenAt));
  const isVoting = times.latest.start < votesCountFrom && !isOver(times, votesCountFrom);
  // Bounded, because after a failover the clock of Postgres is another machine's.
  if (isVoting) await clock.until(Math.min(votesCountFrom, clock.now() + REWORDING_PAUSE_MS));
}

function isSoon(moment: number, clock: Clock): boolean {
  return moment - clock.now() <= LEAD_MS;
}

async function tryToChange(
  sql: Sql,
  pollId: string,
  changes: PollChanges,
  clock: Clock,
  isAsSeen: IsAsSeen | undefined,
): Promise<Tried> {
  const found = await findChangeablePoll(sql, pollId);
  if (!found) throw new RefusedError('poll_not_found');
  if (isAsSeen && !isAsSeen(found.stateVersion(clock.now()))) throw new RefusedError('precondition_failed');
  const decision = decideChanges(found.poll, changes, clock.now());
  if (decision.outcome === 'refused') throw invalidField(decision.field, decision.detail);
  if (decision.outcome === 'unchanged') return unchanged(found, changes);
  const { poll, isTextChanged, timesChange } = decision;
  if (timesChange && !isSoon(timesChange.from, clock) && isAboutToReopen(found, clock)) {
    // Viewers get a new end at once and would miss the opening that is still ahead.
    await clock.until(found.windowsFrom);
    return { outcome: 'outdated', times: found.poll.times, ...AT_ONCE };
  }
  const { storedVersion } = found;
  const saved = await saveChangedPoll(sql, { pollId, storedVersion, poll, isTextChanged, timesChange });
  if (typeof saved === 'string') return { outcome: saved, times: poll.times, ...AT_ONCE };
  const inForceAt = timesChange?.from ?? 0;
  const forgottenAt = timesChange ? clock.now() + RULES_FRESH_MS : 0;
  const votesCountFrom = isTextChanged ? saved.votesCountFrom : 0;
  return { outcome: 'saved', times: poll.times, inForceAt, forgottenAt, votesCountFrom };
}

function isAboutToReopen({ poll, windowsFrom }: FoundPoll, clock: Clock): boolean {
  return windowsFrom === poll.times.latest.start && windowsFrom > clock.now() && isSoon(windowsFrom, clock);
}

/** Nothing to change, perhaps because the request was repeated; that change may be pending. */
function unchanged(found: FoundPoll, changes: PollChanges): Tried {
  const {
    poll: { times },
    windowsFrom,
  } = found;
  const { closed, opens_at, expired_at, expires_in, question, options } = changes;
  const areTimesAsked = [closed, opens_at, expired_at, expires_in].some((one) => one !== undefined);
  const changedFrom = opens_at === undefined ? windowsFrom : Math.max(windowsFrom, times.latest.start);
  const inForceAt = closed ? times.latest.end : changedFrom;
  const areWordsAsked = question !== undefined || options !== undefined;
  return {
    outcome: 'saved',
    times,
    inForceAt: areTimesAsked ? inForceAt : 0,
    forgottenAt: areTimesAsked ? inForceAt + LATEST_FORGOTTEN_MS : 0,
    votesCountFrom: areWordsAsked ? found.votesCountFrom : 0,
  };
}
