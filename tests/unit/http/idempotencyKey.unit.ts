import { expect, test } from '@jest/globals';
import { idempotencyKey } from '../../../lib/http/headers.ts';
import { httpEvent } from '../../support/http/httpEvent.ts';

const read = (key?: string) =>
  idempotencyKey(httpEvent({ headers: key === undefined ? {} : { 'idempotency-key': key } }));

test('the idempotency key is the value of the header without surrounding space', () => {
  const uuid = '7f3a0c1e-52d4-4d2a-9a51-0c6f5f0f3b9e';
  const keys = [uuid, `"${uuid}"`, 'k'.repeat(22), '!'.repeat(254), '~'.repeat(255)];
  expect(keys.map((key) => read(` ${key}\t`))).toEqual(keys);
  expect(read()).toBeUndefined();
});

test.each([
  ...['', '  ', '1', 'k'.repeat(21), 'k'.repeat(256)],
  ...[`${'k'.repeat(22)} k`, `${'k'.repeat(22)}é`, `${'k'.repeat(22)}\u007f`, `${'k'.repeat(22)}\0`],
])('%j is not an idempotency key', (key) => {
  const fields = [{ field: 'Idempotency-Key', detail: expect.any(String) }];
  expect(() => read(key)).toThrow(expect.objectContaining({ code: 'invalid_request', fields }));
});
