import { describe, expect, test } from '@jest/globals';
import { revalidatedJson } from '../../../lib/http/respond.ts';
import { httpEvent } from '../../support/http/httpEvent.ts';

const read = (body: unknown, ifNoneMatch?: string) =>
  revalidatedJson(httpEvent({ headers: ifNoneMatch ? { 'if-none-match': ifNoneMatch } : {} }), body, 'live');

const etagOf = (body: unknown) => String(read(body).headers?.['etag']);

describe('a response with an entity tag', () => {
  test('has a strong tag that is equal only for equal bodies', () => {
    expect(etagOf({ votes: 1 })).toMatch(/^"[\w-]+"$/);
    expect(etagOf({ votes: 1 })).toBe(etagOf({ votes: 1 }));
    expect(etagOf({ votes: 1 })).not.toBe(etagOf({ votes: 2 }));
  });

  test('is a 304 without a body if the client has it', () => {
    const etag = etagOf({ votes: 1 });
    for (const known of [
      etag,
      `W/${etag}`,
      `"other", ${etag}`,
      `"other",W/${etag} , "third"`,
      `"a,b",${etag}`,
      ' * ',
    ]) {
      const response = read({ votes: 1 }, known);
      expect(response.statusCode).toBe(304);
      expect(response.body).toBeUndefined();
      expect(response.headers).toEqual({ etag, 'cache-control': read({}).headers?.['cache-control'] });
    }
  });

  test('is complete if the client has another tag, or a malformed one', () => {
    const etag = etagOf({ votes: 1 });
    for (const known of [etagOf({ votes: 2 }), etag.slice(1, -1), etag.slice(0, -2), 'W/', '']) {
      expect(read({ votes: 1 }, known).statusCode).toBe(200);
    }
  });

  test('has a weak tag if the body contains the time of its creation', () => {
    const at = (timestamp: string, event = httpEvent({})) =>
      revalidatedJson(event, { data: [1], timestamp }, 'live', [1]);
    const etag = String(at('now').headers?.['etag']);
    expect(etag).toMatch(/^W\/"[\w-]+"$/);
    expect(at('later', httpEvent({ headers: { 'if-none-match': etag } })).statusCode).toBe(304);
  });

  test.each([
    ['live', /^public\b.*\bs-maxage=1\b.*\bmax-age=0\b/],
    ['final', /^public\b.*\bs-maxage=60\b.*\bmax-age=0\b/],
    ['private', /^private\b/],
  ] as const)('has the Cache-Control of its kind: %s', (caching, wanted) => {
    const { headers } = revalidatedJson(httpEvent({}), {}, caching);
    expect(headers?.['cache-control']).toMatch(wanted);
  });
});
