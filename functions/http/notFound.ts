import middy from '@middy/core';
import { methodsOf } from '../../lib/contract/routes.ts';
import { cors, preflight } from '../../lib/http/cors.ts';
import { problem } from '../../lib/http/problemDetails.ts';
import type { HttpEvent, HttpResponse } from '../../lib/http/respond.ts';

/** Whatever no route takes: a browser's preflight, another method of a path that exists, a path that does not. */
async function notFound({ rawPath, requestContext }: HttpEvent): Promise<HttpResponse> {
  const { method } = requestContext.http;
  const methods = methodsOf(rawPath);
  if (methods.length === 0) return problem(404, 'not_found', 'There is nothing here.');
  if (method === 'OPTIONS') return preflight(methods);
  const allow = methods.join(', ');
  return problem(405, 'method_not_allowed', `This path takes ${allow}.`, { headers: { allow } });
}

export const handler = middy(notFound).use(cors());
