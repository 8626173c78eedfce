import type { SigningKeys } from '../config.ts';
import { ownersPoll, type Poll, visiblePoll } from '../domain/poll.ts';
import { RefusedError } from '../errors.ts';
import type { Database } from '../sql/database.ts';
import { findPolls } from '../sql/findPoll.ts';
import { findPollId } from '../sql/findPollId.ts';
import { createReceipts } from '../tokens/receipt.ts';
import { opensResults } from '../votes/lookUpVote.ts';
import { isOwner } from './owner.ts';
import type { Caching, HttpEvent } from './respond.ts';

export interface ReadPoll {
  poll: Poll;
  stateVersion: number;
  caching: Caching;
}

/** Returns a function that reads the poll in the path as this reader may see it, and how the response may be
 * cached. The owner's token or, for `after_vote` results, `?receipt=` opens more, for this reader only. The
 * function throws `RefusedError`: `poll_not_found`, `forbidden`. */
export function createPollReader(database: Database, keys: SigningKeys) {
  const receipts = createReceipts(keys);

  async function hasVoted(receipt: string | undefined, poll: Poll): Promise<boolean> {
    if (receipt === undefined || poll.results_visibility !== 'after_vote' || poll.is_final) return false;
    return opensResults(database, receipts.read(receipt), poll.id);
  }

  return async (event: HttpEvent): Promise<ReadPoll> => {
    const id = await findPollId(database, event.pathParameters?.['id']);
    const [found] = id ? await database.run((sql) => findPolls(sql, [id])) : [];
    if (!found) throw new RefusedError('poll_not_found');
    const { poll, stateVersion } = found;
    if (isOwner(event, keys, poll.id)) return { poll: ownersPoll(poll), stateVersion, caching: 'private' };
    const receipt = event.queryStringParameters?.['receipt'];
    const caching = poll.is_final ? 'final' : 'live';
    const seen = visiblePoll(poll, await hasVoted(receipt, poll));
    return { poll: seen, stateVersion, caching: receipt === undefined ? caching : 'private' };
  };
}
