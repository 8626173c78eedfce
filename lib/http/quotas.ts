import type { MiddlewareObj } from '@middy/core';
import type { RateLimiter } from '../concurrency/rateLimit.ts';
import type { Quota } from '../errors.ts';
import type { Headers, HttpEvent, HttpResponse } from './respond.ts';

/** The headers of draft-ietf-httpapi-ratelimit-headers-11: `"votes";q=600;w=60` and `"votes";r=599;t=60`. */
export function quotaHeaders({ name, limit, windowSeconds, remaining, resetSeconds }: Quota): Headers {
  return {
    'ratelimit-policy': `"${name}";q=${limit};w=${windowSeconds}`,
    ratelimit: `"${name}";r=${remaining};t=${resetSeconds}`,
  };
}

/** The address that API Gateway saw. Behind a proxy, it is the proxy's. Clients can forge headers such as
 * `X-Forwarded-For`. */
export const sourceAddress = ({ requestContext }: HttpEvent): string => requestContext.http.sourceIp;

/** Adds what the sender has left to every response, unless the response is about another quota. Use this before
 * `problemDetails`, so that it sees error responses. */
export function showQuota(limiter: RateLimiter | undefined): MiddlewareObj<HttpEvent, HttpResponse> {
  const add = ({ event, response }: { event: HttpEvent; response: HttpResponse | null }) => {
    if (!limiter || !response) return;
    response.headers = { ...quotaHeaders(limiter.quota(sourceAddress(event))), ...response.headers };
  };
  return { after: add, onError: add };
}
