import middy from '@middy/core';
import { publicUrl, realtimeConfig } from '../../lib/config.ts';
import { cors } from '../../lib/http/cors.ts';
import { problemDetails } from '../../lib/http/problemDetails.ts';
import type { HttpEvent, HttpResponse } from '../../lib/http/respond.ts';
import { withRequestIds } from '../../lib/invocation.ts';
import { createAssets, readAssets, readSite } from '../../lib/page/server/siteFiles.ts';

const serveAsset = createAssets(readAssets(import.meta.url), {
  site: readSite(import.meta.url),
  endpoint: realtimeConfig().endpoint,
  publicUrl: publicUrl(),
});

/** `GET /assets/{file}`: scripts and images, whose names change with their contents; a 404 as a page to browsers. */
async function getAsset(event: HttpEvent): Promise<HttpResponse> {
  return serveAsset(event);
}

export const handler = withRequestIds(middy(getAsset).use(cors()).use(problemDetails()));
