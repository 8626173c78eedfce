import { expect, test } from '@jest/globals';
import type { MSKRecord } from 'aws-lambda';
import fc from 'fast-check';
import type { IHeaders, KafkaMessage } from 'kafkajs';
import { firstAppendTimeHeaders, readFirstAppendTime } from '../../../lib/kafka/ballotRecord.ts';
import { encodeDeadLetter, readDeadLetter } from '../../../lib/kafka/deadLetter.ts';
import type { OutgoingRecord } from '../../../lib/kafka/producer.ts';

const asLambdaHands = (headers: Record<string, string>) =>
  Object.entries(headers).map(([name, value]) => ({ [name]: [...Buffer.from(value)] }));

function recordOf(changes: Partial<MSKRecord> = {}): MSKRecord {
  return {
    topic: 'votes',
    partition: 3,
    offset: 1_200,
    timestamp: 1_795_400_000_000,
    timestampType: 'LOG_APPEND_TIME',
    key: '',
    value: '',
    headers: [],
    ...changes,
  };
}

/** As the record comes back from Kafka. */
function asRead(
  { key, value, headers = {} }: OutgoingRecord,
  changes: Partial<KafkaMessage> = {},
): KafkaMessage {
  const bytes = Object.entries(headers).map(([name, header]) => [name, Buffer.from(`${header}`)]);
  const read = { key, value, headers: Object.fromEntries(bytes) as IHeaders, offset: '7', timestamp: '9' };
  return { attributes: 0, ...read, ...changes } as KafkaMessage;
}

test('a dead letter contains a record byte for byte, with its position and the reason', () => {
  fc.assert(
    fc.property(fc.uint8Array(), fc.uint8Array({ minLength: 1 }), fc.string(), (key, value, reason) => {
      const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');
      const record = recordOf({ key: base64(key), value: base64(value) });
      const letter = readDeadLetter(asRead(encodeDeadLetter(record, reason)));
      expect(letter).toMatchObject({
        offset: 7,
        setAsideAt: 9,
        reason,
        topic: 'votes',
        stoodAt: { partition: 3, offset: 1_200, appendTime: 1_795_400_000_000 },
      });
      expect(letter.record.key ?? Buffer.alloc(0)).toEqual(Buffer.from(key));
      expect(letter.record.value).toEqual(Buffer.from(value));
    }),
  );
});

test('a dead letter fits into a record, however large its content was', () => {
  const huge = Buffer.alloc(1_048_000, 'x').toString('base64');
  const headers = asLambdaHands({ first_append_time: 'y'.repeat(100_000), other: 'z'.repeat(100_000) });
  const letter = encodeDeadLetter(recordOf({ key: huge, value: huge, headers }), 'w'.repeat(100_000));
  const texts = Object.entries(letter.headers ?? {}).map(([name, header]) => `${name}${header}`);
  const bytes = (letter.key?.length ?? 0) + (letter.value?.length ?? 0) + texts.join('').length;
  expect(bytes).toBeLessThan(1_000_000);
  expect(letter.value).toEqual(Buffer.alloc(800_000, 'x'));
  expect(() => readFirstAppendTime(readDeadLetter(asRead(letter)).record.headers)).toThrow('is invalid');
});

test('a dead letter of a redriven record keeps its first append time, and no reply address', () => {
  const waiter = { waiter: 'k1.sealed' };
  const headers = asLambdaHands({ ...firstAppendTimeHeaders(3), ...waiter });
  const letter = readDeadLetter(asRead(encodeDeadLetter(recordOf({ headers }), 'too new')));
  expect(letter.stoodAt).toEqual({ partition: 3, offset: 1_200, appendTime: 1_795_400_000_000 });
  expect(readFirstAppendTime(letter.record.headers)).toBe(3);
  expect(letter.record.headers.flatMap(Object.keys)).not.toContain('waiter');
});

test.each([
  ['no headers', undefined],
  ['headers of others', { reason: ['first', 'second'], partition: 'three', offset: '-1', append_time: '' }],
  ['a place that no log has', { partition: '3', offset: '1200', append_time: '9'.repeat(30) }],
])('a dead letter with %s has no position', (_, headers) => {
  const message = asRead(encodeDeadLetter(recordOf(), ''), { headers } as Partial<KafkaMessage>);
  expect(readDeadLetter(message).stoodAt).toBeUndefined();
});
