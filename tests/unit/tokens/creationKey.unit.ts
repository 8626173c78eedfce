import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { SigningKeys } from '../../../lib/config.ts';
import { createCreationKeys } from '../../../lib/tokens/creationKey.ts';
import { ownerToken } from '../../../lib/tokens/ownerToken.ts';
import { createReceipts } from '../../../lib/tokens/receipt.ts';

const SECRET = 's'.repeat(32);
const KEYS: SigningKeys = [{ kid: 'k1', secret: SECRET }];
const ID = '0190a5d8-c0de-4000-8000-00000000abcd';
const keys = createCreationKeys(KEYS);

describe('the token of a creation key', () => {
  test('leads to the key’s id, and reveals it to nobody else', () => {
    fc.assert(
      fc.property(fc.uuid(), (id) => {
        const token = keys.issue(id);
        expect(keys.read(token)).toBe(id);
        expect(keys.issue(id)).toBe(token);
        expect(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('hex')).not.toContain(
          id.replaceAll('-', ''),
        );
      }),
    );
  });

  test('is worthless if one character is changed, added or missing', () => {
    const token = keys.issue(ID);
    for (let at = 0; at < token.length; at += 1) {
      const other = token[at] === 'A' ? 'B' : 'A';
      expect(keys.read(token.slice(0, at) + other + token.slice(at + 1))).toBeUndefined();
      expect(keys.read(token.slice(0, at) + token.slice(at + 1))).toBeUndefined();
    }
    for (const text of ['', '.', `${token}A`, `${token}.`, ` ${token}`])
      expect(keys.read(text)).toBeUndefined();
  });

  test('is valid while its signing key is known', () => {
    const newer = { kid: 'k2', secret: 'n'.repeat(32) };
    const token = keys.issue(ID);
    expect(createCreationKeys([newer, ...KEYS]).read(token)).toBe(ID);
    expect(createCreationKeys([newer]).read(token)).toBeUndefined();
    expect(createCreationKeys([{ kid: 'k1', secret: newer.secret }]).read(token)).toBeUndefined();
  });

  test('is not accepted as another token of these keys, nor another token as a creation key', () => {
    expect(keys.read(ownerToken(KEYS, ID))).toBeUndefined();
    expect(createReceipts(KEYS).read(keys.issue(ID))).toBeUndefined();
  });
});
