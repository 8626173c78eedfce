import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { readWaiter, waiterHeaders } from '../../../lib/kafka/waiter.ts';

const asLambdaHands = (headers: Record<string, string>) =>
  Object.entries(headers).map(([name, text]) => ({ [name]: [...Buffer.from(text)] }));

test('whoever waits for word is known again from the header', () => {
  const waiters = fc.record({
    connectionId: fc.string(),
    requestId: fc.option(fc.string(), { nil: undefined }),
  });
  fc.assert(
    fc.property(waiters, (waiter) => {
      expect(readWaiter([{ other: [1] }, ...asLambdaHands(waiterHeaders(waiter))])).toEqual(waiter);
    }),
  );
});

test('a header that is none of ours is nobody', () => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      expect(readWaiter([{ waiter: [...bytes] }])).toBeUndefined();
    }),
  );
  expect(readWaiter([])).toBeUndefined();
  expect(readWaiter(undefined)).toBeUndefined();
});
