import middy from '@middy/core';
import { postgresConfig } from '../../lib/config.ts';
import { parse } from '../../lib/contract/inputs.ts';
import { PAGE_LIMIT } from '../../lib/contract/limits.ts';
import { pollListQuerySchema } from '../../lib/contract/responses.ts';
import { visiblePoll } from '../../lib/domain/poll.ts';
import { cors } from '../../lib/http/cors.ts';
import { queryNumber, readCursor, writeCursor } from '../../lib/http/paging.ts';
import { problemDetails } from '../../lib/http/problemDetails.ts';
import { type HttpEvent, type HttpResponse, revalidatedJson } from '../../lib/http/respond.ts';
import { withRequestIds } from '../../lib/invocation.ts';
import { createDatabase } from '../../lib/sql/database.ts';
import { databaseNow } from '../../lib/sql/databaseClock.ts';
import { listPolls as readPage } from '../../lib/sql/listPolls.ts';

const database = createDatabase(postgresConfig());

/** `GET /polls`: lists polls by status, newest first, optionally only those with a text in the question. */
async function listPolls(event: HttpEvent): Promise<HttpResponse> {
  const query = event.queryStringParameters ?? {};
  const { status, q: text } = parse(pollListQuerySchema, query);
  const limit = queryNumber(query, 'limit', PAGE_LIMIT);
  const after = query['cursor'] === undefined ? undefined : readCursor({ status, text }, query['cursor']);
  // The extra row shows whether a next page exists.
  const list = { status, text, after, limit: limit + 1 };
  const found = await database.run(async (sql) => readPage(sql, list, await databaseNow(sql)));
  const page = found.slice(0, limit);
  const last = found.length > limit ? page.at(-1) : undefined;
  const data = page.map((poll) => visiblePoll(poll, false));
  const next_cursor = last ? writeCursor({ status, text }, last.id) : null;
  return revalidatedJson(event, { data, next_cursor }, 'live');
}

export const handler = withRequestIds(middy(listPolls).use(cors()).use(problemDetails()));
