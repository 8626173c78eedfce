import { dashed } from '../domain/uuid.ts';
import { lookUpVote } from './lookUpVote.ts';
import type { VoteReference } from './receipt.ts';

/** Whether a vote is one of this poll and was counted, though a later one may stand in its place.
 * @param pollId lower case, with dashes */
export async function hasCounted(vote: VoteReference | undefined, pollId: string): Promise<boolean> {
  if (!vote || dashed(vote.pollId) !== pollId) return false;
  const { status } = await lookUpVote(vote);
  return status === 'counted' || status === 'replaced';
}
