import { setTimeout as delay } from 'node:timers/promises';
import { deadlineIn, monotonicMs } from '../clock.ts';
import { withDeadline } from '../concurrency/deadline.ts';
import { dashed } from '../domain/pollId.ts';
import { type VoteStatus, voteStatus } from '../domain/voteStatus.ts';
import { UnavailableError } from '../errors.ts';
import type { Database } from '../sql/database.ts';
import { findVoteFacts } from '../sql/voteFacts.ts';
import type { VoteReference } from '../tokens/receipt.ts';

/** What became of a vote, by what is stored now.
 * @throws {UnavailableError} when Postgres does not answer */
export async function lookUpVote(database: Database, vote: VoteReference): Promise<VoteStatus> {
  const [facts] = await database.run((sql) => findVoteFacts(sql, [vote]));
  if (!facts) throw new RangeError('The facts of one vote were asked for.');
  return voteStatus(vote, facts);
}

// Counting mostly takes some tens of milliseconds. Who waits longer asks less often, so that a backlog is
// not made worse by those who wait for its end.
const FIRST_PAUSE_MS = 20;
const LONGEST_PAUSE_MS = 250;
const PAUSE_GROWTH = 1.5;

/** Asks for a vote's status until it is more than accepted, or `waitMs` are over.
 * @returns the last status; `accepted` while Postgres is away, since the vote is safe in the log */
export async function awaitVote(lookUp: () => Promise<VoteStatus>, waitMs: number): Promise<VoteStatus> {
  const deadline = deadlineIn(waitMs);
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * PAUSE_GROWTH, LONGEST_PAUSE_MS)) {
    const left = deadline - monotonicMs();
    if (left <= 0) return { status: 'accepted' };
    await delay(Math.min(pause, left));
    const now = await withDeadline(lookUp(), deadline, 'Postgres').catch((error) => {
      if (error instanceof UnavailableError) return { status: 'accepted' } as const;
      throw error;
    });
    if (now.status !== 'accepted') return now;
  }
}

/** Whether a vote is one of this poll and was counted, though a later one may stand in its place.
 * @param pollId lower case, with dashes */
export async function hasCounted(
  database: Database,
  vote: VoteReference | undefined,
  pollId: string,
): Promise<boolean> {
  if (!vote || dashed(vote.pollId) !== pollId) return false;
  const { status } = await lookUpVote(database, vote);
  return status === 'counted' || status === 'replaced';
}
