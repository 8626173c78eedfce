import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { PoisonRecordError } from '../../../lib/errors.ts';
import {
  firstAppendTimeBytes,
  firstAppendTimeHeaders,
  readFirstAppendTime,
} from '../../../lib/kafka/ballotRecord.ts';

const asLambdaHands = (headers: Record<string, string | Buffer>) =>
  Object.entries(headers).map(([name, value]) => ({ [name]: [...new Int8Array(Buffer.from(value))] }));
const withHeader = (text: string) => [{ first_append_time: [...Buffer.from(text)] }];

test('the first append time is read from the header, and from a copy of it', () => {
  fc.assert(
    fc.property(fc.nat({ max: 2 ** 48 - 1 }), (time) => {
      const headers = [{ other: [1] }, ...asLambdaHands(firstAppendTimeHeaders(time))];
      expect(readFirstAppendTime(headers)).toBe(time);
      expect(readFirstAppendTime(asLambdaHands(firstAppendTimeBytes(headers)))).toBe(time);
    }),
  );
});

test('a record without the header was appended once', () => {
  for (const headers of [[], undefined, [{ waiter: [1] }]]) {
    expect(readFirstAppendTime(headers)).toBeUndefined();
    expect(firstAppendTimeBytes(headers)).toEqual({});
  }
});

// The last is more than a receipt could hold.
test.each(['', ' 7', 'null', '[7]', '"7"', '-1', '1.5', '1e9', '1e999', `${2 ** 48}`])(
  'an invalid time is an error of the record: %j',
  (text) => {
    expect(() => readFirstAppendTime(withHeader(text))).toThrow(PoisonRecordError);
  },
);

test('any bytes in the header are a time or an error of the record', () => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      const isTime = /^\d{1,14}$/.test(Buffer.from(bytes).toString('latin1'));
      const read = () => readFirstAppendTime([{ first_append_time: [...bytes] }]);
      if (isTime) expect(read()).toBe(Number(Buffer.from(bytes).toString()));
      else expect(read).toThrow(PoisonRecordError);
    }),
  );
});
