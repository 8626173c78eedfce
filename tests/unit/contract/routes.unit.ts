import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { handler } from '../../../functions/http/notFound.ts';
import { methodsOf } from '../../../lib/contract/routes.ts';
import { context, httpEvent } from '../../support/http/httpEvent.ts';

const ask = (method: string, path: string) => handler(httpEvent({ method, path }), context);

/** What `serverless.yml` routes to a function of its own. */
function configured(): Map<string, string[]> {
  const text = readFileSync(new URL('../../../serverless.yml', import.meta.url), 'utf8');
  const routes = new Map<string, string[]>();
  for (const [, method = '', path = ''] of text.matchAll(/httpApi: ([A-Z]+) (\S+)/g)) {
    const concrete = path.replace('{code}', 'ABC123').replace(/\{\w+\}/g, 'x');
    routes.set(concrete, [...(routes.get(concrete) ?? []), method]);
  }
  return routes;
}

describe('the list of routes', () => {
  test('equals the routes of serverless.yml', () => {
    const routes = configured();
    expect(routes.size).toBeGreaterThan(0);
    for (const [path, methods] of routes)
      expect(methodsOf(path).sort()).toEqual([...methods, 'OPTIONS'].sort());
  });

  test('has no route that serverless.yml does not have', () => {
    const routes = configured();
    for (const path of ['/polls', '/polls/x', '/polls/x/vote', '/votes/x', '/leaderboard', '/health']) {
      expect([...routes.keys()]).toContain(path);
    }
  });
});

describe('an unmatched request', () => {
  test.each([
    '/nothing',
    '/assets/',
    '/p/a/b',
    '/polls/',
    '/polls/a/b',
    '/polls/a/vote/c',
    '/Leaderboard',
    '/votes',
  ])('%s is not found', async (path) => {
    const response = await ask('GET', path);
    expect(response.statusCode).toBe(404);
    expect(JSON.parse(response.body ?? '')).toMatchObject({ code: 'not_found', status: 404 });
  });

  test('with another method of an existing path is rejected with the allowed methods', async () => {
    const response = await ask('DELETE', '/leaderboard');
    expect(response.statusCode).toBe(405);
    expect(response.headers).toMatchObject({
      allow: 'GET, HEAD, OPTIONS',
      'access-control-allow-origin': '*',
    });
    expect(JSON.parse(response.body ?? '')).toMatchObject({ code: 'method_not_allowed', status: 405 });
  });

  test.each(['/', '/abc123', '/p/x', '/assets/x'])(
    'with POST to %s is rejected with GET and HEAD',
    async (path) => {
      const response = await ask('POST', path);
      expect(response.statusCode).toBe(405);
      expect(response.headers).toMatchObject({ allow: 'GET, HEAD, OPTIONS' });
    },
  );

  test('as a preflight is answered with permission for any origin', async () => {
    const response = await ask('OPTIONS', '/polls/x/vote');
    expect(response.statusCode).toBe(204);
    expect(response.headers).toMatchObject({
      'access-control-allow-origin': '*',
      'access-control-allow-methods': 'POST, OPTIONS',
      'access-control-allow-headers': expect.stringContaining('Prefer'),
    });
  });

  test('as a preflight passes the headers that browsers, fetch wrappers and tracing send', async () => {
    const allowed = `${(await ask('OPTIONS', '/polls')).headers?.['access-control-allow-headers']}`;
    expect(allowed.toLowerCase().split(', ')).toEqual(
      expect.arrayContaining([
        'authorization',
        'cache-control',
        'if-match',
        'traceparent',
        'x-requested-with',
      ]),
    );
  });

  test('has the headers exposed that clients need', async () => {
    const { headers } = await ask('GET', '/nothing');
    expect(`${headers?.['access-control-expose-headers']}`.split(', ')).toEqual(
      expect.arrayContaining(['ETag', 'Location', 'Retry-After', 'WWW-Authenticate']),
    );
  });
});
