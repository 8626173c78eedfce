import { createHmac } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { partitionOf, voterKey } from '../../../lib/voting/voterKey.ts';

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

  test('differs for every poll and every user id, however alike', () => {
    const text = fc.string({ unit: 'grapheme', minLength: 1 });
    fc.assert(
      fc.property(hex32, text, hex32, text, (pollA, userA, pollB, userB) => {
        const isSame = pollA === pollB && userA === userB;
        expect(voterKey(secret, pollA, userA) === voterKey(secret, pollB, userB)).toBe(isSame);
      }),
    );
    expect(voterKey(secret, '00'.repeat(16), 'anna')).not.toBe(voterKey(secret, '00'.repeat(16), 'anna '));
  });

  test('spreads over all partitions, one voter always in the same', () => {
    const counts = new Map<number, number>();
    for (let voter = 0; voter < 12_000; voter++) {
      const partition = partitionOf(voterKey(secret, '00'.repeat(16), `voter ${voter}`), 12);
      counts.set(partition, (counts.get(partition) ?? 0) + 1);
    }
    expect([...counts.keys()].sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
    for (const count of counts.values()) expect(Math.abs(count - 1_000)).toBeLessThan(150);
  });

  test('goes by its first four bytes, big end first', () => {
    expect(partitionOf('0000000d000000000000000000000000', 12)).toBe(1);
    expect(partitionOf('ffffffff000000000000000000000000', 1_000)).toBe(4_294_967_295 % 1_000);
  });
});
