import middy from '@middy/core';
import { postgresConfig, publicUrl, realtimeConfig } from '../../lib/config.ts';
import { cors } from '../../lib/http/cors.ts';
import { createGzip } from '../../lib/http/gzip.ts';
import { problemDetails } from '../../lib/http/problemDetails.ts';
import type { HttpEvent, HttpResponse } from '../../lib/http/respond.ts';
import { withRequestIds } from '../../lib/invocation.ts';
import { createPages } from '../../lib/page/server/servePage.ts';
import { readSite } from '../../lib/page/server/siteFiles.ts';
import { createDatabase } from '../../lib/sql/database.ts';

const servePage = createPages({
  database: createDatabase(postgresConfig()),
  site: readSite(import.meta.url),
  endpoint: realtimeConfig().endpoint,
  publicUrl: publicUrl(),
});
const gzip = createGzip();

/** `GET /`, `/{code}` and `/p/{id}`: the page that creates a poll, and the views of one. */
async function getPage(event: HttpEvent): Promise<HttpResponse> {
  return gzip(event, await servePage(event));
}

export const handler = withRequestIds(middy(getPage).use(cors()).use(problemDetails()));
