import { wallClockMs } from '../clock.ts';
import type { Poll } from '../domain/poll.ts';
import { visiblePoll } from '../domain/poll.ts';
import { RefusedError } from '../errors.ts';
import type { Database } from '../sql/database.ts';
import { findPoll } from '../sql/findPoll.ts';
import { findPollId } from '../sql/findPollId.ts';
import type { Receipts } from '../tokens/receipt.ts';
import { hasCounted } from '../votes/lookUpVote.ts';
import type { Caching, HttpEvent } from './respond.ts';

/** Reads the poll in the path as this reader may see it, and how the response may be cached. `?receipt=`
 * opens `after_vote` results, for this reader only.
 * @throws {RefusedError} `poll_not_found` */
export async function readPoll(
  { pathParameters, queryStringParameters }: HttpEvent,
  database: Database,
  receipts: Receipts,
): Promise<{ poll: Poll; caching: Caching }> {
  const id = await findPollId(database, pathParameters?.['id']);
  const poll = id && (await database.run((sql) => findPoll(sql, id, wallClockMs())));
  if (!poll) throw new RefusedError('poll_not_found');
  const receipt = queryStringParameters?.['receipt'];
  const asksForHidden = receipt !== undefined && poll.results_visibility === 'after_vote';
  const hasVoted = asksForHidden && (await hasCounted(database, receipts.read(receipt), poll.id));
  const caching = poll.is_final ? 'final' : 'live';
  return { poll: visiblePoll(poll, hasVoted), caching: receipt === undefined ? caching : 'private' };
}
