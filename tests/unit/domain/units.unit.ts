import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { isAppendedInTime } from '../../../lib/domain/closing.ts';
import { dashed, hexOf, toUuid } from '../../../lib/domain/pollId.ts';
import { type Micros, type Millis, toMicros, toMillis, type Uuid } from '../../../lib/domain/units.ts';

test('milliseconds and microseconds do not mix', () => {
  const now: Millis = 1_800_000_000_000;
  const accepted: Micros = toMicros(now);
  expect(isAppendedInTime(accepted, now)).toBe(true);
  // @ts-expect-error: in the wrong order.
  expect(isAppendedInTime(now, accepted)).toBe(false);
  expect(toMillis(accepted)).toBe(now);
});

test('an id with dashes and its hex digits do not mix, and each gives the other', () => {
  fc.assert(
    fc.property(fc.uuid(), (uuid: Uuid) => {
      const hex = hexOf(uuid);
      expect(hex).toMatch(/^[0-9a-f]{32}$/);
      expect([dashed(hex), toUuid(hex), toUuid(uuid)]).toEqual([uuid, uuid, uuid]);
      // @ts-expect-error: it has no dashes to remove.
      expect(hexOf(hex)).toBe(hex);
    }),
  );
});
