import middy from '@middy/core';
import { cors } from '../../lib/http/cors.ts';
import type { HttpEvent, HttpResponse } from '../../lib/http/respond.ts';
import { unmatched } from '../../lib/http/unmatched.ts';
import { withRequestIds } from '../../lib/invocation.ts';

/** Handles requests without a route: CORS preflights, wrong methods and unknown paths. */
async function notFound(event: HttpEvent): Promise<HttpResponse> {
  return unmatched(event);
}

export const handler = withRequestIds(middy(notFound).use(cors()));
