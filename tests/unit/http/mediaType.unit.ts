import { expect, test } from '@jest/globals';
import { acceptedType } from '../../../lib/http/mediaType.ts';
import { httpEvent } from '../../support/http/httpEvent.ts';

const choose = (accept?: string) =>
  acceptedType(httpEvent({ headers: accept === undefined ? {} : { accept } }), [
    'application/json',
    'text/csv',
  ]);

test.each([
  [undefined, 'application/json'],
  ['', 'application/json'],
  [' ', 'application/json'],
  ['*/*', 'application/json'],
  ['application/*', 'application/json'],
  ['text/csv', 'text/csv'],
  ['TEXT/CSV; header=present', 'text/csv'],
  ['text/*', 'text/csv'],
  ['text/csv;q=0.5, application/json;q=0.4', 'text/csv'],
  ['application/json;q=0, */*', 'text/csv'],
  ['text/csv; q=0.5, application/json; header=present; q=0.6', 'application/json'],
  ['text/html, application/json;q=0.9', 'application/json'],
])('accepting %s selects %s', (accept, type) => {
  expect(choose(accept)).toBe(type);
});

test.each(['text/html', 'application/json;q=0', 'nonsense', 'image/png, text/plain'])(
  'accepting only %s selects nothing',
  (accept) => {
    expect(() => choose(accept)).toThrow(expect.objectContaining({ code: 'not_acceptable' }));
  },
);
