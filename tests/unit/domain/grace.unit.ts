import { expect, test } from '@jest/globals';
import { GRACE_MS, isAppendedInTime } from '../../../lib/domain/closing.ts';
import { PRODUCE_PATIENCE_MS } from '../../../lib/kafka/producer.ts';

test('the grace leaves clock differences twice the time that castVote waits for the log', () => {
  expect(GRACE_MS).toBe(3 * PRODUCE_PATIENCE_MS);
});

test('a ballot is in time until the grace after its acceptance is over, to the microsecond', () => {
  const acceptedAt = 1_795_400_000_000_123;
  expect(isAppendedInTime(acceptedAt, 1_795_400_000_000 + GRACE_MS)).toBe(true);
  expect(isAppendedInTime(acceptedAt, 1_795_400_000_001 + GRACE_MS)).toBe(false);
  // A clock that is behind that of Kafka, or ahead of it.
  expect(isAppendedInTime(acceptedAt, 1_795_399_999_000)).toBe(true);
});
