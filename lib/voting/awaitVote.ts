import { setTimeout as delay } from 'node:timers/promises';
import { deadlineIn, monotonicMs } from '../clock.ts';
import type { VoteStatus } from '../domain/voteStatus.ts';
import { UnavailableError } from '../errors.ts';
import { withDeadline } from '../withDeadline.ts';

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
