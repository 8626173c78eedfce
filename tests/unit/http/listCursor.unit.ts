import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { readCursor, writeCursor } from '../../../lib/http/paging.ts';

const queries = fc.record({
  status: fc.constantFrom('open', 'closed'),
  text: fc.string({ unit: 'grapheme' }),
});
const refusal = expect.objectContaining({ code: 'invalid_request' });

test('a cursor leads back to its poll', () => {
  fc.assert(
    fc.property(queries, fc.uuid(), (query, id) => {
      expect(readCursor(query, writeCursor(query, id))).toBe(id);
    }),
  );
});

test('a cursor of another status or text is rejected', () => {
  const different = fc.tuple(queries, queries).filter(([a, b]) => a.status !== b.status || a.text !== b.text);
  fc.assert(
    fc.property(different, fc.uuid(), ([query, other], id) => {
      expect(() => readCursor(other, writeCursor(query, id))).toThrow(refusal);
    }),
  );
});

test('a malformed cursor is rejected', () => {
  const texts = fc.oneof(fc.string(), fc.base64String(), fc.stringMatching(/^[\w-]{32}$/));
  fc.assert(
    fc.property(queries, texts, (query, text) => {
      expect(() => readCursor(query, text)).toThrow(refusal);
    }),
  );
});
