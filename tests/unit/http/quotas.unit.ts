import { afterEach, expect, jest, test } from '@jest/globals';
import middy from '@middy/core';
import { createRateLimiter } from '../../../lib/concurrency/rateLimit.ts';
import { TooManyRequestsError } from '../../../lib/errors.ts';
import { cors } from '../../../lib/http/cors.ts';
import { problemDetails } from '../../../lib/http/problemDetails.ts';
import { showQuota, sourceAddress } from '../../../lib/http/quotas.ts';
import { type HttpEvent, json } from '../../../lib/http/respond.ts';
import { context, httpEvent } from '../../support/http/httpEvent.ts';

afterEach(() => void jest.restoreAllMocks());

function handlerOf(limit: number, act: () => void = () => {}) {
  const limiter = createRateLimiter('votes', limit);
  const handle = async (event: HttpEvent) => {
    limiter?.spend(sourceAddress(event));
    act();
    return json(202, {});
  };
  const handler = middy(handle).use(cors()).use(showQuota(limiter)).use(problemDetails());
  return (headers: Record<string, string> = {}) => handler(httpEvent({ headers }), context);
}

test('responses say what is left; a refusal is a problem document that says when to come back', async () => {
  const ask = handlerOf(2);
  const quota = { 'ratelimit-policy': '"votes";q=2;w=60' };
  expect((await ask()).headers).toMatchObject({ ...quota, ratelimit: '"votes";r=1;t=60' });
  expect((await ask()).headers).toMatchObject({ ...quota, ratelimit: '"votes";r=0;t=60' });
  const { statusCode, headers, body } = await ask();
  expect([statusCode, headers?.['content-type']]).toEqual([429, 'application/problem+json']);
  expect(headers).toMatchObject({ ...quota, ratelimit: '"votes";r=0;t=60', 'retry-after': '60' });
  expect(String(headers?.['access-control-expose-headers'])).toMatch(
    /RateLimit, RateLimit-Policy, Retry-After/,
  );
  expect(JSON.parse(body ?? '')).toMatchObject({
    title: 'Too Many Requests',
    status: 429,
    code: 'too_many_requests',
    detail: 'More than 2 votes in 60 seconds. Try again in 60 s.',
  });
});

test('no header of a client changes its address', async () => {
  const ask = handlerOf(1);
  await ask();
  for (const name of ['x-forwarded-for', 'forwarded', 'x-real-ip', 'cf-connecting-ip', 'true-client-ip']) {
    expect((await ask({ [name]: 'for=198.51.100.7' })).statusCode).toBe(429);
  }
});

test('a refusal by another quota shows that one', async () => {
  const other = { name: 'creations by this key', limit: 1, windowSeconds: 60, remaining: 0, resetSeconds: 7 };
  const ask = handlerOf(5, () => {
    throw new TooManyRequestsError(other);
  });
  expect((await ask()).headers).toMatchObject({
    'ratelimit-policy': '"creations by this key";q=1;w=60',
    'retry-after': '7',
  });
});

test('without a limit, responses have no such headers', async () => {
  const { headers } = await handlerOf(0)();
  expect(Object.keys(headers ?? {}).filter((name) => name.startsWith('ratelimit'))).toEqual([]);
});
