import middy from '@middy/core';
import { signingKeys } from '../../lib/config.ts';
import { readUuid } from '../../lib/domain/uuid.ts';
import { visiblePoll } from '../../lib/domain/visiblePoll.ts';
import { cors } from '../../lib/http/cors.ts';
import { problems } from '../../lib/http/problems.ts';
import { revalidated } from '../../lib/http/respond.ts';
import type { HttpEvent, HttpResponse } from '../../lib/http/types.ts';
import { askPostgres } from '../../lib/sql/database.ts';
import { findPoll } from '../../lib/sql/findPoll.ts';
import { hasCounted } from '../../lib/voting/hasCounted.ts';
import { createReceipts } from '../../lib/voting/receipt.ts';
import { refusedBallot } from '../../lib/voting/refusals.ts';

const receipts = createReceipts(signingKeys());

/** `GET /polls/{id}`: a poll with its counts, where the reader may see them. */
async function getPoll(event: HttpEvent): Promise<HttpResponse> {
  const id = readUuid(event.pathParameters?.['id']);
  const poll = id && (await askPostgres((sql) => findPoll(sql, id, Date.now())));
  if (!poll) throw refusedBallot('poll_not_found');
  const receipt = event.queryStringParameters?.['receipt'];
  const asksForHidden = receipt !== undefined && poll.results_visibility === 'after_vote';
  const hasVoted = asksForHidden && (await hasCounted(receipts.read(receipt), poll.id));
  return revalidated(event, visiblePoll(poll, hasVoted), { isPrivate: receipt !== undefined });
}

export const handler = middy(getPoll).use(cors()).use(problems());
