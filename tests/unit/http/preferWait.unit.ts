import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { preferredWait } from '../../../lib/http/headers.ts';

describe('the Prefer header', () => {
  test.each([
    ['wait=5', 5],
    ['Wait = 5', 5],
    ['wait="5"', 5],
    ['wait=5, respond-async', 5],
    ['respond-async, wait=5', 5],
    ['respond-async,wait=5;foo=bar', 5],
    ['handling="a, wait=3", wait=5', 5],
    ['wait=2, wait=5', 2],
    ['wait-a-bit=9, wait=5', 5],
    ['wait=10', 10],
    ['wait=11', 10],
    ['wait=99999999999999999999', 10],
    ['wait=0', 0],
  ])('%p means %p seconds', (prefer, seconds) => {
    expect(preferredWait(prefer)).toBe(seconds);
  });

  test.each([
    undefined,
    ...[
      '',
      'wait',
      'wait=',
      'wait=five',
      'wait=-1',
      'wait=1.5',
      'wait=1e3',
      'wait=5s',
      'wait="5',
      'wait=0x10',
    ],
    ...['respond-async', 'await=5', ',', '"', 'wait==5'],
  ])('%p means no wait', (prefer) => {
    expect(preferredWait(prefer)).toBe(0);
  });

  test('means 0 to 10 whole seconds, whatever is sent', () => {
    fc.assert(
      fc.property(fc.string(), (prefer) => {
        const seconds = preferredWait(prefer);
        expect(Number.isInteger(seconds) && seconds >= 0 && seconds <= 10).toBe(true);
      }),
    );
  });
});
