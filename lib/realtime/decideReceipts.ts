import { dashed } from '../domain/pollId.ts';
import { voteStatus } from '../domain/voteStatus.ts';
import type { Database } from '../sql/database.ts';
import {
  type DecidedReceipt,
  listUndecidedReceipts,
  saveDecidedReceipts,
  type UndecidedReceipt,
} from '../sql/undecidedReceipts.ts';
import { findVoteFacts } from '../sql/voteFacts.ts';
import type { Receipts } from '../tokens/receipt.ts';
import { opensResults } from '../votes/lookUpVote.ts';

/** Finds out which of these receipts open results.
 * @returns those that are decided; a receipt for another poll, or of nobody, opens nothing */
async function decide(
  database: Database,
  receipts: Receipts,
  undecided: UndecidedReceipt[],
): Promise<DecidedReceipt[]> {
  const read = undecided.map((one) => ({ ...one, vote: receipts.read(one.receipt) }));
  const own = read.flatMap(({ vote, pollId }) => (vote && dashed(vote.pollId) === pollId ? [vote] : []));
  const facts = own.length > 0 ? await database.run((sql) => findVoteFacts(sql, own)) : [];
  const factsOf = new Map(own.map((vote, at) => [vote, facts[at]]));
  const decided = read.map(async ({ vote, ...one }): Promise<DecidedReceipt[]> => {
    const known = vote && factsOf.get(vote);
    if (!known) return [{ ...one, hasVoted: false }];
    const status = voteStatus(vote, known);
    if (status.status === 'accepted') return [];
    return [{ ...one, hasVoted: await opensResults(database, vote, status) }];
  });
  return (await Promise.all(decided)).flat();
}

/** What a subscriber's receipt says now.
 * @returns undefined while its vote is on its way */
export async function hasVotedBy(
  database: Database,
  receipts: Receipts,
  shown: UndecidedReceipt,
): Promise<boolean | undefined> {
  const [decided] = await decide(database, receipts, [shown]);
  return decided?.hasVoted;
}

/** Opens the results of these polls for a shard's subscribers whose votes have been counted since they
 * subscribed; the round then sends them the whole poll. */
export async function openToCounted(
  database: Database,
  receipts: Receipts,
  shard: number,
  pollIds: string[],
): Promise<void> {
  if (pollIds.length === 0) return;
  const undecided = await database.run((sql) => listUndecidedReceipts(sql, shard, pollIds));
  if (undecided.length === 0) return;
  const decided = await decide(database, receipts, undecided);
  if (decided.length > 0) await database.run((sql) => saveDecidedReceipts(sql, decided, true));
}
