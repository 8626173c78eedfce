import { afterEach, describe, expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import { deadlineIn, monotonicMs } from '../../../lib/clock.ts';
import { inTurns, shareOfTime, untilDeadline } from '../../../lib/realtime/post/postingOrder.ts';
import { passTime } from '../../support/passTime.ts';

const HOUR_MS = 3_600_000;

afterEach(() => void jest.restoreAllMocks());

const someItems = fc
  .array(fc.constantFrom('a', 'b', 'c', 'd'))
  .map((ids) => ids.map((connectionId, place) => ({ connectionId, place })));

describe('the order of posts', () => {
  test('has the first item of each connection before the second of any', () => {
    const ids = ['many', 'many', 'many', 'one', 'two', 'two'];
    const ordered = inTurns(ids.map((connectionId) => ({ connectionId })));
    expect(ordered.map(({ connectionId }) => connectionId)).toEqual([
      ...['many', 'one', 'two'],
      ...['many', 'two'],
      'many',
    ]);
  });

  test('keeps all items, and the order among those of a turn and those of a connection', () => {
    fc.assert(
      fc.property(someItems, (items) => {
        const ordered = inTurns(items);
        expect(ordered.toSorted((a, b) => a.place - b.place)).toEqual(items);
        const turnOf = (item: (typeof items)[number]) =>
          items.filter(({ connectionId, place }) => connectionId === item.connectionId && place < item.place)
            .length;
        const keys = ordered.map((item) => turnOf(item) * items.length + item.place);
        expect(keys).toEqual(keys.toSorted((a, b) => a - b));
      }),
    );
  });
});

describe('a deadline', () => {
  test('divides the items into those that are passed on and those that are late', () => {
    const late: number[] = [];
    const passed: number[] = [];
    for (const item of untilDeadline([1, 2, 3, 4], deadlineIn(HOUR_MS), late)) {
      passed.push(item);
      if (item === 2) passTime(HOUR_MS);
    }
    expect([passed, late]).toEqual([
      [1, 2],
      [3, 4],
    ]);
  });

  test('is shared evenly by the parts that are left, and what one does not use is left to the others', () => {
    const deadline = deadlineIn(HOUR_MS);
    const first = shareOfTime(deadline, 2);
    expect((first - monotonicMs()) / HOUR_MS).toBeCloseTo(1 / 2, 2);
    passTime(HOUR_MS / 4);
    const last = shareOfTime(deadline, 1);
    expect((last - monotonicMs()) / HOUR_MS).toBeCloseTo(3 / 4, 2);
    expect(last).toBeCloseTo(deadline, 0);
  });
});
