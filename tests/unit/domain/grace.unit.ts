import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { acceptanceTime, GRACE_MS, isAppendedInTime } from '../../../lib/domain/closing.ts';
import { PRODUCE_TIMEOUT_MS } from '../../../lib/kafka/producer.ts';

test('the grace leaves clock differences twice the time that castVote waits for the log', () => {
  expect(GRACE_MS).toBe(3 * PRODUCE_TIMEOUT_MS);
});

test('a ballot is in time until the grace after its acceptance is over, to the microsecond', () => {
  const acceptedAt = 1_795_400_000_000_123;
  expect(isAppendedInTime(acceptedAt, 1_795_400_000_000 + GRACE_MS)).toBe(true);
  expect(isAppendedInTime(acceptedAt, 1_795_400_000_001 + GRACE_MS)).toBe(false);
  // A clock that is behind that of Kafka, or ahead of it.
  expect(isAppendedInTime(acceptedAt, 1_795_399_999_000)).toBe(true);
});

describe('the time by which a ballot is judged', () => {
  test('is that of the clock that accepted it, as long as it differs from the log as clocks do', () => {
    fc.assert(
      fc.property(fc.integer({ min: -GRACE_MS, max: 500 }), fc.nat(999), (aheadMs, micros) => {
        const stampedAt = (1_795_400_000_000 + aheadMs) * 1_000 + micros;
        expect(acceptanceTime(stampedAt, 1_795_400_000_000)).toBe(stampedAt);
      }),
    );
  });

  test('is at most half a second after its append, and tells ballots of a millisecond apart', () => {
    const ahead = [1, 2].map((micros) => acceptanceTime(1_795_400_060_000_000 + micros, 1_795_400_000_000));
    expect(ahead).toEqual([1_795_400_000_500_001, 1_795_400_000_500_002]);
  });
});
