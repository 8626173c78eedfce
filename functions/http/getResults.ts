import middy from '@middy/core';
import { postgresConfig, signingKeys } from '../../lib/config.ts';
import { pollResults } from '../../lib/domain/results.ts';
import { cors } from '../../lib/http/cors.ts';
import { acceptedType } from '../../lib/http/mediaType.ts';
import { requireOwner } from '../../lib/http/owner.ts';
import { nextPageLink, queryFlag } from '../../lib/http/paging.ts';
import { problemDetails } from '../../lib/http/problemDetails.ts';
import { createPollReader } from '../../lib/http/readPoll.ts';
import { RESULTS_TYPES, renderResults } from '../../lib/http/renderResults.ts';
import { type HttpEvent, type HttpResponse, revalidated } from '../../lib/http/respond.ts';
import { withRequestIds } from '../../lib/invocation.ts';
import { createBallotPages } from '../../lib/polls/exportBallots.ts';
import { createDatabase } from '../../lib/sql/database.ts';

const database = createDatabase(postgresConfig());
const keys = signingKeys();
const readPoll = createPollReader(database, keys);
const readBallots = createBallotPages(keys);

/** `GET /polls/{id}/results`: exports results and, with `?ballots=true`, the ballots (owner only). */
async function getResults(event: HttpEvent): Promise<HttpResponse> {
  const { poll, caching } = await readPoll(event);
  const query = event.queryStringParameters;
  const asksForBallots = queryFlag(query, 'ballots');
  const hasByteOrderMark = queryFlag(query, 'bom');
  if (asksForBallots) requireOwner(event, keys, poll.id);
  const type = acceptedType(event, RESULTS_TYPES);
  const cursor = query?.['cursor'];
  const page = asksForBallots ? await database.run((sql) => readBallots(sql, poll, cursor)) : undefined;
  const { body, headers } = renderResults({ type, hasByteOrderMark }, pollResults(poll), page);
  const varied = { ...headers, vary: 'Accept, Authorization', ...nextPageLink(event, page?.next_cursor) };
  return revalidated(event, { body, headers: varied }, page ? 'private' : caching);
}

export const handler = withRequestIds(middy(getResults).use(cors()).use(problemDetails()));
