import { describe, expect, test } from '@jest/globals';
import { partitionOf } from '../../../lib/kafka/placement.ts';
import { voterKey } from '../../../lib/votes/castVote.ts';

const keyOf = (voter: number) => Buffer.from(voterKey('a secret', '00'.repeat(16), `voter ${voter}`), 'hex');

describe('the partition of a key', () => {
  test('spreads voters over all partitions', () => {
    const counts = new Map<number, number>();
    for (let voter = 0; voter < 12_000; voter++) {
      const partition = partitionOf(keyOf(voter), 12);
      counts.set(partition, (counts.get(partition) ?? 0) + 1);
    }
    expect([...counts.keys()].sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
    for (const count of counts.values()) expect(Math.abs(count - 1_000)).toBeLessThan(150);
  });

  test('depends on its first four bytes, in big-endian order', () => {
    expect(partitionOf(Buffer.from('0000000d000000000000000000000000', 'hex'), 12)).toBe(1);
    expect(partitionOf(Buffer.from('ffffffff000000000000000000000000', 'hex'), 1_000)).toBe(
      4_294_967_295 % 1_000,
    );
  });

  test('is the first without a key', () => {
    expect(partitionOf(null, 12)).toBe(0);
  });
});
