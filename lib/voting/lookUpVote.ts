import { type VoteStatus, voteStatus } from '../domain/voteStatus.ts';
import { askPostgres } from '../sql/database.ts';
import { findVoteFacts } from '../sql/findVoteFacts.ts';
import type { VoteReference } from './receipt.ts';

/** What became of a vote, by what is stored now.
 * @throws {UnavailableError} when Postgres does not answer */
export async function lookUpVote(vote: VoteReference): Promise<VoteStatus> {
  const [facts] = await askPostgres((sql) => findVoteFacts(sql, [vote]));
  if (!facts) throw new RangeError('The facts of one vote were asked for.');
  return voteStatus(vote, facts);
}
