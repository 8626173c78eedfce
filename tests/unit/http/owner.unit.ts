import { describe, expect, test } from '@jest/globals';
import type { SigningKeys } from '../../../lib/config.ts';
import { RefusedError } from '../../../lib/errors.ts';
import { isOwner, requireOwner } from '../../../lib/http/owner.ts';
import { ownerToken } from '../../../lib/tokens/ownerToken.ts';
import { httpEvent } from '../../support/http/httpEvent.ts';

const POLL = '0190a5d8-c0de-7000-8000-00000000abcd';
const keys: SigningKeys = [{ kid: 'k1', secret: 'a secret of more than enough characters' }];
const token = ownerToken(keys, POLL);

function refusal(authorization: string | undefined): string | undefined {
  try {
    requireOwner(httpEvent({ headers: authorization === undefined ? {} : { authorization } }), keys, POLL);
    return undefined;
  } catch (error) {
    return error instanceof RefusedError ? error.code : String(error);
  }
}

describe('owner authorization', () => {
  test.each([`Bearer ${token}`, `bearer ${token}`, `BEARER   ${token}`])('succeeds with %s', (header) => {
    expect(refusal(header)).toBeUndefined();
  });

  test.each([
    undefined,
    '',
    'Bearer',
    'Bearer ',
    token,
    `Basic ${token}`,
    `Bearer${token}`,
    `Token ${token}`,
  ])('finds no token in %s', (header) => {
    expect(refusal(header)).toBe('unauthorized');
  });

  test.each(['x', `${token}x`, `${token} x`, `"${token}"`, token.slice(1), 'k1.', `k2${token.slice(2)}`])(
    'finds a wrong token in %s',
    (wrong) => {
      expect(refusal(`Bearer ${wrong}`)).toBe('forbidden');
    },
  );

  test('is not needed to read, but wrong with a wrong token', () => {
    const read = (headers: Record<string, string>) => isOwner(httpEvent({ headers }), keys, POLL);
    expect([
      read({}),
      read({ authorization: 'Basic x' }),
      read({ authorization: `Bearer ${token}` }),
    ]).toEqual([...[false, false, true]]);
    const forbidden = expect.objectContaining({ code: 'forbidden' });
    expect(() => read({ authorization: 'Bearer nonsense' })).toThrow(forbidden);
  });
});
