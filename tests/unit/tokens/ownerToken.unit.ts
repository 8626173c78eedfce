import { describe, expect, test } from '@jest/globals';
import type { SigningKey } from '../../../lib/config.ts';
import { isOwnerToken, ownerToken } from '../../../lib/tokens/ownerToken.ts';

const POLL = '0190a5d8-c0de-7000-8000-00000000abcd';
const key: SigningKey = { kid: 'k2', secret: 'a new secret of enough characters!' };
const older: SigningKey = { kid: 'k1', secret: 'an old secret of enough characters' };

describe("an owner's token", () => {
  test('is always the same for the same poll, from the newest key', () => {
    expect(ownerToken([key, older], POLL)).toBe(ownerToken([key], POLL));
    expect(ownerToken([key], POLL)).toMatch(/^k2\.[\w-]{43}$/);
  });

  test('differs for every poll and every key', () => {
    const other = POLL.replace('abcd', 'abce');
    const tokens = [
      ownerToken([key], POLL),
      ownerToken([key], other),
      ownerToken([{ ...older, kid: 'k2' }], POLL),
    ];
    expect(new Set(tokens).size).toBe(3);
  });

  test('is valid with any current key, until that is removed', () => {
    const [before, now] = [ownerToken([older], POLL), ownerToken([key, older], POLL)];
    expect([before, now].map((token) => isOwnerToken([key, older], POLL, token))).toEqual([true, true]);
    expect(isOwnerToken([key], POLL, before)).toBe(false);
  });

  test.each([
    ['nothing', ''],
    ['a key id alone', 'k2.'],
    ['a token of another poll', ownerToken([key], POLL.replace('abcd', 'abce'))],
    ['a token of another key under the same id', ownerToken([{ ...older, kid: 'k2' }], POLL)],
    ['a token under the id of another key', ownerToken([key], POLL).replace('k2.', 'k1.')],
    ['less', ownerToken([key], POLL).slice(0, -1)],
    ['more', `${ownerToken([key], POLL)}=`],
    ['other bytes of the same length', 'é'.repeat(23)],
  ])('is not %s', (_, token) => {
    expect(isOwnerToken([key, older], POLL, token)).toBe(false);
  });
});
