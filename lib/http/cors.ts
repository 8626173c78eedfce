import type { MiddlewareObj } from '@middy/core';
import type { Headers, HttpEvent, HttpResponse } from './respond.ts';

const ANY_ORIGIN: Headers = {
  'access-control-allow-origin': '*',
  'access-control-expose-headers':
    'Allow, Content-Disposition, ETag, Link, Location, Preference-Applied, Retry-After',
  'x-content-type-options': 'nosniff',
};

const DAY_SECONDS = '86400';

/** What a browser asks before it sends: nothing here is guarded by cookies, so any page may call. */
export function preflight(methods: string[]): HttpResponse {
  return {
    statusCode: 204,
    headers: {
      allow: methods.join(', '),
      'access-control-allow-methods': methods.join(', '),
      'access-control-allow-headers':
        'Accept, Authorization, Content-Type, Idempotency-Key, If-None-Match, Prefer',
      'access-control-max-age': DAY_SECONDS,
    },
  };
}

/** Lets any page read the answer, an error too. API Gateway could do this, but the emulator and AWS then
 * differ; so its own CORS stays off. Use it before `problems`, so that it sees their answers. */
export function cors(): MiddlewareObj<HttpEvent, HttpResponse> {
  const allow = (request: { response: HttpResponse | null }) => {
    if (request.response) request.response.headers = { ...request.response.headers, ...ANY_ORIGIN };
  };
  return { after: allow, onError: allow };
}
