import { describe, expect, test } from '@jest/globals';
import { revalidatedJson } from '../../../lib/http/respond.ts';
import { httpEvent } from '../../support/httpEvent.ts';

const read = (body: unknown, ifNoneMatch?: string) =>
  revalidatedJson(httpEvent({ headers: ifNoneMatch ? { 'if-none-match': ifNoneMatch } : {} }), body, 'live');

const etagOf = (body: unknown) => String(read(body).headers?.['etag']);

describe('an answer with an entity tag', () => {
  test('has a strong one that is the same for the same body alone', () => {
    expect(etagOf({ votes: 1 })).toMatch(/^"[\w-]+"$/);
    expect(etagOf({ votes: 1 })).toBe(etagOf({ votes: 1 }));
    expect(etagOf({ votes: 1 })).not.toBe(etagOf({ votes: 2 }));
  });

  test('is 304 without a body to who has it already', () => {
    const etag = etagOf({ votes: 1 });
    for (const known of [etag, `W/${etag}`, `"other", ${etag}`, `"other",W/${etag} , "third"`, '*']) {
      const response = read({ votes: 1 }, known);
      expect(response.statusCode).toBe(304);
      expect(response.body).toBeUndefined();
      expect(response.headers).toEqual({ etag, 'cache-control': read({}).headers?.['cache-control'] });
    }
  });

  test('is whole to who has another one, or sends none that can be read', () => {
    const etag = etagOf({ votes: 1 });
    for (const known of [etagOf({ votes: 2 }), etag.slice(1, -1), etag.slice(0, -2), 'W/', '']) {
      expect(read({ votes: 1 }, known).statusCode).toBe(200);
    }
  });

  test('has a weak one where the body says when it was made', () => {
    const at = (timestamp: string, event = httpEvent({})) =>
      revalidatedJson(event, { data: [1], timestamp }, 'live', [1]);
    const etag = String(at('now').headers?.['etag']);
    expect(etag).toMatch(/^W\/"[\w-]+"$/);
    expect(at('later', httpEvent({ headers: { 'if-none-match': etag } })).statusCode).toBe(304);
  });

  test.each([
    ['live', /^public\b.*\bs-maxage=1\b.*\bmax-age=0\b/],
    ['final', /^public\b.*\bs-maxage=31536000\b.*\bmax-age=0\b/],
    ['private', /^private\b/],
  ] as const)('is kept by a shared cache for a second, for ever, or not at all: %s', (caching, wanted) => {
    const { headers } = revalidatedJson(httpEvent({}), {}, caching);
    expect(headers?.['cache-control']).toMatch(wanted);
  });
});
