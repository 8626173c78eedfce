import { expect, test } from '@jest/globals';
import { idempotencyKey } from '../../../lib/http/headers.ts';
import { httpEvent } from '../../support/httpEvent.ts';

const read = (key?: string) =>
  idempotencyKey(httpEvent({ headers: key === undefined ? {} : { 'idempotency-key': key } }));

test('the idempotency key is the value of the header without surrounding space', () => {
  expect([read(), read(' 7f3a '), read('"7f3a"'), read('k'.repeat(255))]).toEqual([
    undefined,
    '7f3a',
    '"7f3a"',
    'k'.repeat(255),
  ]);
});

test.each(['', '  ', 'k'.repeat(256)])('%j is not an idempotency key', (key) => {
  const fields = [{ field: 'Idempotency-Key', detail: expect.any(String) }];
  expect(() => read(key)).toThrow(expect.objectContaining({ code: 'invalid_request', fields }));
});
