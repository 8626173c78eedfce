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

/** Finds out which of these receipts open results.
 * @returns those that are decided; a receipt for another poll, or of nobody, opens nothing */
async function decide(
  database: Database,
  receipts: Receipts,
  undecided: UndecidedReceipt[],
): Promise<DecidedReceipt[]> {
  const read = undecided.map((one) => ({ ...one, vote: receipts.read(one.receipt) }));
  const own = read.flatMap(({ vote, ...one }) =>
    vote && dashed(vote.pollId) === one.pollId ? [{ ...one, vote }] : [],
  );
  const facts =
    own.length > 0
      ? await database.run((sql) =>
          findVoteFacts(
            sql,
            own.map(({ vote }) => vote),
          ),
        )
      : [];
  const statuses = new Map(
    own.map(({ vote, receipt }, at) => {
      const fact = facts[at];
      if (!fact) throw new RangeError('The facts of the vote are missing.');
      return [receipt, voteStatus(vote, fact).status];
    }),
  );
  return undecided.flatMap((one) => {
    const status = statuses.get(one.receipt) ?? 'rejected';
    if (status === 'accepted') return [];
    return [{ ...one, hasVoted: status === 'counted' || status === 'replaced' }];
  });
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
