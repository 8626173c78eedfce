import middy from '@middy/core';
import { postgresConfig, signingKeys } from '../../lib/config.ts';
import { cors } from '../../lib/http/cors.ts';
import { pollTag } from '../../lib/http/pollTag.ts';
import { problemDetails } from '../../lib/http/problemDetails.ts';
import { createPollReader } from '../../lib/http/readPoll.ts';
import { type HttpEvent, type HttpResponse, revalidated } from '../../lib/http/respond.ts';
import { withRequestIds } from '../../lib/invocation.ts';
import { createDatabase } from '../../lib/sql/database.ts';

const database = createDatabase(postgresConfig());
const readPoll = createPollReader(database, signingKeys());

/** `GET /polls/{id}`: a poll, with its counts if the reader may see them; the owner's token shows more. */
async function getPoll(event: HttpEvent): Promise<HttpResponse> {
  const { poll, stateVersion, caching } = await readPoll(event);
  const body = JSON.stringify(poll);
  const etag = pollTag(poll.id, stateVersion, body);
  const headers = { 'content-type': 'application/json', vary: 'Authorization' };
  return revalidated(event, { body, headers, etag }, caching);
}

export const handler = withRequestIds(middy(getPoll).use(cors()).use(problemDetails()));
