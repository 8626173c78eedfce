import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { UsageError } from '../../../lib/errors.ts';
import { readDuration } from '../../../lib/operators/createPollOverHttp.ts';

test.each([
  ['30s', 30],
  ['10m', 600],
  ['1h', 3_600],
  ['1h30m', 5_400],
  ['7d', 604_800],
  ['1d2h3m4s', 93_784],
])('%s are %i seconds', (text, seconds) => {
  expect(readDuration(text)).toBe(seconds);
});

test('whole units add up', () => {
  const unit = fc.nat(1_000);
  fc.assert(
    fc.property(unit, unit, unit, unit, (d, h, m, s) => {
      expect(readDuration(`${d}d${h}h${m}m${s}s`)).toBe(((d * 24 + h) * 60 + m) * 60 + s);
    }),
  );
});

test.each(['', '10', 'm', '10 m', '1.5h', '-5m', '5m1h', '10min', 'd1'])('%j is wrong usage', (text) => {
  expect(() => readDuration(text)).toThrow(UsageError);
});
