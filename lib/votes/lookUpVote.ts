import { setTimeout as delay } from 'node:timers/promises';
import { deadlineIn, monotonicMs } from '../clock.ts';
import { withDeadline } from '../concurrency/deadline.ts';
import { dashed } from '../domain/pollId.ts';
import { type VoteStatus, voteStatus } from '../domain/voteStatus.ts';
import { UnavailableError } from '../errors.ts';
import type { Database } from '../sql/database.ts';
import { findVoteFacts, findWhoChose } from '../sql/voteFacts.ts';
import type { VoteReference } from '../tokens/receipt.ts';

/** Returns the current status of a vote.
 * @throws {UnavailableError} when Postgres does not respond */
export async function lookUpVote(database: Database, vote: VoteReference): Promise<VoteStatus> {
  const [facts] = await database.run((sql) => findVoteFacts(sql, [vote]));
  if (!facts) throw new RangeError('The facts of the vote are missing.');
  return voteStatus(vote, facts);
}

// Counting usually takes tens of milliseconds. Longer waits poll less often, so that waiting clients do not
// add to a backlog.
const FIRST_PAUSE_MS = 20;
const MAX_PAUSE_MS = 250;
const PAUSE_GROWTH = 1.5;

/** Polls a vote's status until it is decided or `waitMs` have passed.
 * @returns the last status; `accepted` while Postgres is unavailable, since the vote is durable in the log */
export async function awaitVote(lookUp: () => Promise<VoteStatus>, waitMs: number): Promise<VoteStatus> {
  const deadline = deadlineIn(waitMs);
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * PAUSE_GROWTH, MAX_PAUSE_MS)) {
    const left = deadline - monotonicMs();
    // A timer has whole milliseconds and may fire early; the rest would cost another look or two.
    if (left < 1) return { status: 'accepted' };
    await delay(Math.min(pause, left));
    const now = await withDeadline(lookUp(), deadline, 'Postgres').catch((error) => {
      if (error instanceof UnavailableError) return { status: 'accepted' } as const;
      throw error;
    });
    if (now.status !== 'accepted') return now;
  }
}

/** A vote that was looked up. */
interface KnownVote {
  vote: VoteReference;
  status: VoteStatus;
}

/** Whether each of these votes opens results that are visible after voting. A withdrawal does only if its voter had
 * chosen something before. */
export async function whichOpenResults(database: Database, known: KnownVote[]): Promise<boolean[]> {
  const counts = ({ status }: KnownVote) => status.status === 'counted' || status.status === 'replaced';
  const withdrawals = known.filter((one) => counts(one) && one.vote.isWithdrawal);
  const voters = withdrawals.map(({ vote }) => vote);
  const places = voters.length > 0 ? await database.run((sql) => findWhoChose(sql, voters)) : [];
  const chose = new Set(places.map((place) => withdrawals[place]));
  return known.map((one) => counts(one) && (!one.vote.isWithdrawal || chose.has(one)));
}

/** True if the vote belongs to this poll and opens its results, even if a later one replaced it.
 * @param pollId lower case, with dashes */
export async function opensResults(
  database: Database,
  vote: VoteReference | undefined,
  pollId: string,
): Promise<boolean> {
  if (!vote || dashed(vote.pollId) !== pollId) return false;
  const status = await lookUpVote(database, vote);
  return (await whichOpenResults(database, [{ vote, status }]))[0] ?? false;
}
