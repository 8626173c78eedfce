import middy from '@middy/core';
import { methodsOf } from '../../lib/contract/routes.ts';
import { cors, preflight } from '../../lib/http/cors.ts';
import { problem } from '../../lib/http/problemDetails.ts';
import type { HttpEvent, HttpResponse } from '../../lib/http/respond.ts';
import { withRequestIds } from '../../lib/invocation.ts';

/** Handles requests without a route: CORS preflights, wrong methods and unknown paths. */
async function notFound({ rawPath, requestContext }: HttpEvent): Promise<HttpResponse> {
  const { method } = requestContext.http;
  const methods = methodsOf(rawPath);
  if (methods.length === 0) return problem(404, 'not_found', 'No route matches this path.');
  if (method === 'OPTIONS') return preflight(methods);
  const allow = methods.join(', ');
  return problem(405, 'method_not_allowed', `Allowed methods: ${allow}.`, { headers: { allow } });
}

export const handler = withRequestIds(middy(notFound).use(cors()));
