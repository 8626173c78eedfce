import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { readTime } from '../../../lib/contract/inputs.ts';

describe('a time', () => {
  test('needs date, time and offset', () => {
    expect(readTime('2030-01-31T12:00:00Z')).toBe(Date.UTC(2030, 0, 31, 12));
    expect(readTime('2030-01-31T12:00:00.123456+02:00')).toBe(Date.UTC(2030, 0, 31, 10, 0, 0, 123));
    expect(readTime('2030-01-31T12:00-05:30')).toBe(Date.UTC(2030, 0, 31, 17, 30));
    expect(readTime('2030-01-31t12:00:00z')).toBe(Date.UTC(2030, 0, 31, 12));
  });

  test.each([
    ...['2030-01-31T12:00:00', '2030-01-31', '12:00:00Z', '31/01/2030', 'tomorrow', '', '1900000000000'],
    ...['2030-02-30T12:00:00Z', '2030-13-01T12:00:00Z', '2030-01-01T25:00:00Z', '2030-01-01T12:61:00Z'],
    ...[
      '2030-01-31T12:00:00+0200',
      '2030-01-31T12:00:00+25:00',
      ' 2030-01-31T12:00:00Z',
      '+002030-01-31T12:00:00Z',
    ],
  ])('is rejected as %p', (text) => {
    expect(readTime(text)).toBeUndefined();
  });

  test('in JavaScript’s own format round-trips', () => {
    const dates = fc.date({
      min: new Date(0),
      max: new Date('9999-12-31T23:59:59.999Z'),
      noInvalidDate: true,
    });
    fc.assert(fc.property(dates, (date) => expect(readTime(date.toISOString())).toBe(date.getTime())));
  });

  test('never throws when it is parsed', () => {
    fc.assert(fc.property(fc.string(), (text) => expect(readTime(text)).toBeUndefined()));
  });
});
