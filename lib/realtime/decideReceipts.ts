import { dashed } from '../domain/pollId.ts';
import { voteStatus } from '../domain/voteStatus.ts';
import type { Database } from '../sql/database.ts';
import {
  type DecidedReceipt,
  listUndecidedReceipts,
  MAX_DECIDED,
  MAX_UNDECIDED,
  saveDecidedReceipts,
  type UndecidedReceipt,
} from '../sql/undecidedReceipts.ts';
import { findVoteFacts } from '../sql/voteFacts.ts';
import type { Receipts } from '../tokens/receipt.ts';
import { whichOpenResults } from '../votes/lookUpVote.ts';

/** Finds out which of these receipts open results.
 * @returns those that are decided; a forged receipt, or one for another poll, opens nothing */
async function decide(
  database: Database,
  receipts: Receipts,
  undecided: UndecidedReceipt[],
): Promise<DecidedReceipt[]> {
  const read = undecided.map((one) => ({ ...one, vote: receipts.read(one.receipt) }));
  const own = read.flatMap(({ vote, ...one }) =>
    vote && dashed(vote.pollId) === one.pollId ? [{ ...one, vote }] : [],
  );
  const ownReceipts = new Set(own.map(({ receipt, pollId }) => pollId + receipt));
  const foreign = read.filter(({ receipt, pollId }) => !ownReceipts.has(pollId + receipt));
  const facts =
    own.length > 0
      ? await database.run((sql) =>
          findVoteFacts(
            sql,
            own.map(({ vote }) => vote),
          ),
        )
      : [];
  const known = own.flatMap((one, at) => {
    const fact = facts[at];
    const status = fact && voteStatus(one.vote, fact);
    return status && status.status !== 'accepted' ? [{ ...one, status }] : [];
  });
  const opens = await whichOpenResults(database, known);
  return [
    ...foreign.map(({ pollId, receipt }) => ({ pollId, receipt, hasVoted: false })),
    ...known.map(({ pollId, receipt }, at) => ({ pollId, receipt, hasVoted: opens[at] ?? false })),
  ];
}

/** Whether a subscriber's receipt opens the results.
 * @returns undefined while its vote is on its way */
export async function hasVotedBy(
  database: Database,
  receipts: Receipts,
  shown: UndecidedReceipt,
): Promise<boolean | undefined> {
  const [decided] = await decide(database, receipts, [shown]);
  return decided?.hasVoted;
}

/** Opens the results of these polls, and of those whose change waited until now, for a shard's subscribers whose votes
 * have been counted since they subscribed; the round then sends them the whole poll.
 * @returns the polls with receipts that wait for another round, because there were too many for this one */
export async function openResultsForCounted(
  database: Database,
  receipts: Receipts,
  shard: number,
  pollIds: string[],
): Promise<string[]> {
  const undecided = await database.run((sql) => listUndecidedReceipts(sql, shard, pollIds));
  if (undecided.length === 0) return [];
  const decided = await decide(database, receipts, undecided);
  const saved =
    decided.length > 0 ? await database.run((sql) => saveDecidedReceipts(sql, { shard }, decided)) : 0;
  if (undecided.length < MAX_UNDECIDED && saved < MAX_DECIDED) return [];
  return [...new Set(undecided.map(({ pollId }) => pollId))];
}
