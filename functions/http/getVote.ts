import middy from '@middy/core';
import { postgresConfig, signingKeys } from '../../lib/config.ts';
import { dashed } from '../../lib/domain/pollId.ts';
import { RefusedError } from '../../lib/errors.ts';
import { cors } from '../../lib/http/cors.ts';
import { problemDetails } from '../../lib/http/problemDetails.ts';
import { type HttpEvent, type HttpResponse, json } from '../../lib/http/respond.ts';
import { withRequestIds } from '../../lib/invocation.ts';
import { createDatabase } from '../../lib/sql/database.ts';
import { createReceipts } from '../../lib/tokens/receipt.ts';
import { lookUpVote } from '../../lib/votes/lookUpVote.ts';

const database = createDatabase(postgresConfig());
const receipts = createReceipts(signingKeys());

/** `GET /votes/{receipt}`: the status of a vote. */
async function getVote(event: HttpEvent): Promise<HttpResponse> {
  const vote = receipts.read(event.pathParameters?.['receipt'] ?? '');
  if (!vote) throw new RefusedError('receipt_not_found');
  return json(200, { ...(await lookUpVote(database, vote)), poll_id: dashed(vote.pollId) });
}

export const handler = withRequestIds(middy(getVote).use(cors()).use(problemDetails()));
