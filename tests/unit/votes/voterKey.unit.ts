import { createHmac } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { voterKey } from '../../../lib/votes/castVote.ts';

const secret = 'a secret of at least 32 characters';
const hex32 = fc
  .uint8Array({ minLength: 16, maxLength: 16 })
  .map((bytes) => Buffer.from(bytes).toString('hex'));

describe('a voter key', () => {
  test('is the first 16 bytes of HMAC-SHA-256 over poll id and user id', () => {
    const pollId = '0190a5d8c0de7000800000000000abcd';
    const expected = createHmac('sha256', secret)
      .update(Buffer.concat([Buffer.from(pollId, 'hex'), Buffer.from('Zoë 🗳')]))
      .digest('hex');
    expect(voterKey(secret, pollId, 'Zoë 🗳')).toBe(expected.slice(0, 32));
  });

  test('differs for every poll and every user id, however similar', () => {
    const text = fc.string({ unit: 'grapheme', minLength: 1 });
    fc.assert(
      fc.property(hex32, text, hex32, text, (pollA, userA, pollB, userB) => {
        const isSame = pollA === pollB && userA === userB;
        expect(voterKey(secret, pollA, userA) === voterKey(secret, pollB, userB)).toBe(isSame);
      }),
    );
    expect(voterKey(secret, '00'.repeat(16), 'anna')).not.toBe(voterKey(secret, '00'.repeat(16), 'anna '));
  });
});
