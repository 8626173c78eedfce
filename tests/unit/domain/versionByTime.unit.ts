import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { closedAt, pollStatus, type VotingWindow, versionByTime } from '../../../lib/domain/poll.ts';

const CREATED = 100;
const at = (windows: VotingWindow[], now: number, isClosed = false) =>
  versionByTime(windows, CREATED, isClosed, now);

/** Windows in order of time, of which the last may be empty: the poll was closed before it opened. */
const windowsOf = fc
  .uniqueArray(fc.integer({ min: CREATED, max: CREATED + 60 }), { minLength: 2, maxLength: 8 })
  .chain((moments) => {
    const times = moments.toSorted((one, other) => one - other);
    const pairs = times.slice(0, times.length - (times.length % 2));
    const windows = pairs.flatMap((start, index) =>
      index % 2 === 0 ? [{ start, end: pairs[index + 1] ?? start }] : [],
    );
    return fc
      .record({ opensOnCreation: fc.boolean(), endsEmpty: fc.boolean() })
      .map(({ opensOnCreation, endsEmpty }) =>
        windows.map(({ start, end }, index) => {
          if (endsEmpty && index === windows.length - 1) return { start: end, end };
          return { start: opensOnCreation && index === 0 ? Number.NEGATIVE_INFINITY : start, end };
        }),
      );
  });

describe('the part of the version that time makes', () => {
  test('rises when the poll opens, ends, and opens again', () => {
    const windows = [
      { start: 200, end: 300 },
      { start: 400, end: 500 },
    ];
    const moments = [100, 199, 200, 299, 300, 400, 500];
    expect(moments.map((now) => at(windows, now))).toEqual([0, 0, 1, 1, 2, 3, 4]);
  });

  test('starts at nothing for a poll that opens on creation', () => {
    for (const start of [Number.NEGATIVE_INFINITY, CREATED]) {
      expect(at([{ start, end: 300 }], CREATED)).toBe(0);
      expect(at([{ start, end: 300 }], 300)).toBe(1);
    }
  });

  test('rises once for a poll that was closed before it opened', () => {
    expect([199, 200].map((now) => at([{ start: 200, end: 200 }], now))).toEqual([0, 1]);
  });

  test('leaves the last end to the other part once that is stored', () => {
    expect(at([{ start: 200, end: 300 }], 300, true)).toBe(1);
  });

  test('never falls, and rises exactly when the status or the end that is shown changes', () => {
    const shown = (windows: VotingWindow[], now: number) =>
      `${pollStatus(windows, false, now)} ${closedAt(windows, now)}`;
    fc.assert(
      fc.property(windowsOf, (windows) => {
        for (let now = CREATED + 1; now < CREATED + 70; now += 1) {
          const risen = at(windows, now) - at(windows, now - 1);
          const hasChanged = shown(windows, now) !== shown(windows, now - 1);
          expect({ windows, now, risen }).toEqual({ windows, now, risen: hasChanged ? 1 : 0 });
        }
      }),
    );
  });
});
