import { methodsOf } from '../contract/routes.ts';
import { preflight } from './cors.ts';
import { problem } from './problemDetails.ts';
import type { HttpEvent, HttpResponse } from './respond.ts';

/** Answers requests without a route: CORS preflights, wrong methods and unknown paths. */
export function unmatched({ rawPath, requestContext }: HttpEvent): HttpResponse {
  const { method } = requestContext.http;
  const methods = methodsOf(rawPath);
  if (methods.length === 0) return problem(404, 'not_found', 'No route matches this path.');
  if (method === 'OPTIONS') return preflight(methods);
  const allow = methods.join(', ');
  return problem(405, 'method_not_allowed', `Allowed methods: ${allow}.`, { headers: { allow } });
}
