import middy from '@middy/core';
import { postgresConfig, signingKeys } from '../../lib/config.ts';
import { cors } from '../../lib/http/cors.ts';
import { problemDetails } from '../../lib/http/problemDetails.ts';
import { readPoll } from '../../lib/http/readPoll.ts';
import type { HttpEvent, HttpResponse } from '../../lib/http/respond.ts';
import { revalidatedJson } from '../../lib/http/respond.ts';
import { createDatabase } from '../../lib/sql/database.ts';
import { createReceipts } from '../../lib/tokens/receipt.ts';

const database = createDatabase(postgresConfig());
const receipts = createReceipts(signingKeys());

/** `GET /polls/{id}`: a poll, with its counts if the reader may see them. */
async function getPoll(event: HttpEvent): Promise<HttpResponse> {
  const { poll, caching } = await readPoll(event, database, receipts);
  return revalidatedJson(event, poll, caching);
}

export const handler = middy(getPoll).use(cors()).use(problemDetails());
