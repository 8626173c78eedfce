import type { MiddlewareObj } from '@middy/core';
import type { Headers, HttpEvent, HttpResponse } from './respond.ts';

export const ANY_ORIGIN: Headers = {
  'access-control-allow-origin': '*',
  'access-control-expose-headers':
    'Allow, Content-Disposition, Date, ETag, Link, Location, Preference-Applied, RateLimit, RateLimit-Policy, Retry-After, WWW-Authenticate',
  'x-content-type-options': 'nosniff',
};

const DAY_SECONDS = '86400';

/** Answers a preflight. Any page may call, because no route uses cookies. */
export function preflight(methods: string[]): HttpResponse {
  return {
    statusCode: 204,
    headers: {
      allow: methods.join(', '),
      'access-control-allow-methods': methods.join(', '),
      'access-control-allow-headers':
        // Fetch wrappers and tracing tools add the last three by themselves.
        'Accept, Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, Prefer, Cache-Control, Traceparent, X-Requested-With',
      'access-control-max-age': DAY_SECONDS,
    },
  };
}

/** Lets any page read all responses, including errors. API Gateway's own CORS stays off, because the
 * emulator's differs. Use this before `problemDetails`, so that it sees error responses. */
export function cors(): MiddlewareObj<HttpEvent, HttpResponse> {
  const allow = (request: { response: HttpResponse | null }) => {
    if (request.response) request.response.headers = { ...request.response.headers, ...ANY_ORIGIN };
  };
  return { after: allow, onError: allow };
}
