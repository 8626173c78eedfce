import middy from '@middy/core';
import { cors } from '../../lib/http/cors.ts';
import { problemDetails } from '../../lib/http/problemDetails.ts';
import type { HttpEvent, HttpResponse } from '../../lib/http/respond.ts';
import { createAssets, readAssets } from '../../lib/http/siteFiles.ts';
import { withRequestIds } from '../../lib/invocation.ts';

const serveAsset = createAssets(readAssets(import.meta.url));

/** `GET /assets/{file}`: scripts and images, whose names change with their contents. */
async function getAsset(event: HttpEvent): Promise<HttpResponse> {
  return serveAsset(event);
}

export const handler = withRequestIds(middy(getAsset).use(cors()).use(problemDetails()));
