import middy from '@middy/core';
import { wallClockMs } from '../../lib/clock.ts';
import { postgresConfig } from '../../lib/config.ts';
import { BOARD_LIMIT } from '../../lib/contract/limits.ts';
import { cors } from '../../lib/http/cors.ts';
import { queryNumber } from '../../lib/http/paging.ts';
import { problemDetails } from '../../lib/http/problemDetails.ts';
import { type HttpEvent, type HttpResponse, revalidatedJson } from '../../lib/http/respond.ts';
import { withRequestIds } from '../../lib/invocation.ts';
import { readLeaderboard } from '../../lib/sql/boards.ts';
import { createDatabase } from '../../lib/sql/database.ts';

const database = createDatabase(postgresConfig());

/** `GET /leaderboard`: the options with the most votes in all open, listed polls with visible results. */
async function getLeaderboard(event: HttpEvent): Promise<HttpResponse> {
  const limit = queryNumber(event.queryStringParameters, 'limit', BOARD_LIMIT);
  const data = await database.run((sql) => readLeaderboard(sql, limit));
  const body = { data, timestamp: new Date(wallClockMs()).toISOString() };
  return revalidatedJson(event, body, 'live', data);
}

export const handler = withRequestIds(middy(getLeaderboard).use(cors()).use(problemDetails()));
