import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { PoisonRecordError } from '../../../lib/errors.ts';
import {
  originalPlaceBytes,
  originalPlaceHeaders,
  readOriginalPlace,
} from '../../../lib/kafka/originalPlace.ts';

const asLambdaHands = (headers: Record<string, string | Buffer>) =>
  Object.entries(headers).map(([name, value]) => ({ [name]: [...new Int8Array(Buffer.from(value))] }));
const withHeader = (text: string) => [{ original_place: [...Buffer.from(text)] }];

test('the place where a record first stood is known again from the header, and from a copy of it', () => {
  const places = fc.record({
    partition: fc.nat(),
    offset: fc.nat({ max: 2 ** 48 - 1 }),
    appendTime: fc.nat({ max: 2 ** 48 - 1 }),
  });
  fc.assert(
    fc.property(places, (place) => {
      const headers = [{ other: [1] }, ...asLambdaHands(originalPlaceHeaders(place))];
      expect(readOriginalPlace(headers)).toEqual(place);
      expect(readOriginalPlace(asLambdaHands(originalPlaceBytes(headers)))).toEqual(place);
    }),
  );
});

test('a record without the header stands where it always stood', () => {
  for (const headers of [[], undefined, [{ waiter: [1] }]]) {
    expect(readOriginalPlace(headers)).toBeUndefined();
    expect(originalPlaceBytes(headers)).toEqual({});
  }
});

test.each([
  ['', '{}', '[]', 'null', '7', '[1,2]', '[1,2,3,4]', '[1,2,"3"]', '[-1,2,3]', '[1.5,2,3]', '[1,2,1e999]'],
  // More than a receipt or the database could hold.
  [`[${2 ** 31},2,3]`, `[1,${2 ** 48},3]`, `[1,2,${2 ** 48}]`],
])('a place that is none is a fault of the record: %s', (...texts) => {
  for (const text of texts) expect(() => readOriginalPlace(withHeader(text))).toThrow(PoisonRecordError);
});

test('whatever bytes are in the header, they are a place or a fault of the record', () => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      expect(() => readOriginalPlace([{ original_place: [...bytes] }])).toThrow(PoisonRecordError);
    }),
  );
});
