import middy from '@middy/core';
import { signingKeys } from '../../lib/config.ts';
import { cors } from '../../lib/http/cors.ts';
import { problemDetails } from '../../lib/http/problemDetails.ts';
import { readPoll } from '../../lib/http/readPoll.ts';
import type { HttpEvent, HttpResponse } from '../../lib/http/respond.ts';
import { revalidatedJson } from '../../lib/http/respond.ts';
import { createReceipts } from '../../lib/tokens/receipt.ts';

const receipts = createReceipts(signingKeys());

/** `GET /polls/{id}`: a poll with its counts, where the reader may see them. */
async function getPoll(event: HttpEvent): Promise<HttpResponse> {
  const { poll, caching } = await readPoll(event, receipts);
  return revalidatedJson(event, poll, caching);
}

export const handler = middy(getPoll).use(cors()).use(problemDetails());
