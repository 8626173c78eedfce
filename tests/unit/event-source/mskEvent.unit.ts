import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  buildEvent,
  type FetchedMessage,
  measureEnvelope,
  recordMeasure,
} from '../../../lib/offline/event-source/mskEvent.ts';

const origin = {
  eventSourceArn: 'arn:aws:kafka:us-east-1:1:cluster/c/1',
  bootstrapServers: 'a:9092,b:9092',
  topic: 'votes',
  partition: 3,
};

const message: FetchedMessage = {
  key: Buffer.from('key'),
  value: Buffer.from('value'),
  offset: '15',
  timestamp: '1545084650987',
  headers: {},
  batchContext: { timestampType: 0 },
};

const bytes = fc.uint8Array({ maxLength: 40 }).map((array) => Buffer.from(array));

const anyMessage: fc.Arbitrary<FetchedMessage> = fc.record({
  key: fc.option(bytes),
  value: fc.option(bytes),
  offset: fc.bigInt(0n, 2n ** 52n).map(String),
  timestamp: fc.bigInt(-1n, 2n ** 52n).map(String),
  headers: fc.dictionary(fc.string({ unit: 'grapheme' }), fc.oneof(bytes, fc.array(bytes))),
  batchContext: fc.record({ timestampType: fc.constantFrom(0, 1) }),
});

describe('the event', () => {
  test('has the format of Lambda’s Amazon MSK events', () => {
    expect(buildEvent(origin, [message])).toEqual({
      eventSource: 'aws:kafka',
      eventSourceArn: origin.eventSourceArn,
      bootstrapServers: 'a:9092,b:9092',
      records: {
        'votes-3': [
          {
            topic: 'votes',
            partition: 3,
            offset: 15,
            timestamp: 1545084650987,
            timestampType: 'CREATE_TIME',
            key: 'a2V5',
            value: 'dmFsdWU=',
            headers: [],
          },
        ],
      },
    });
  });

  test('has no value for a tombstone and no key for a record without key', () => {
    const [record] = buildEvent(origin, [{ ...message, key: null, value: null }]).records['votes-3'] ?? [];
    expect(record).not.toHaveProperty('key');
    expect(record).not.toHaveProperty('value');
  });

  test('distinguishes the two kinds of timestamps', () => {
    const appended = { ...message, batchContext: { timestampType: 1 } };
    expect(buildEvent(origin, [appended]).records['votes-3']?.[0]?.timestampType).toBe('LOG_APPEND_TIME');
  });

  test('contains headers as signed bytes, repeated names one by one', () => {
    const headers = { a: Buffer.from([0, 127, 128, 255]), b: [Buffer.from('x'), 'y'] };
    expect(buildEvent(origin, [{ ...message, headers }]).records['votes-3']?.[0]?.headers).toEqual([
      { a: [0, 127, -128, -1] },
      { b: [120] },
      { b: [121] },
    ]);
  });

  test('is measured to the byte, except for the comma after the last record', () => {
    fc.assert(
      fc.property(fc.array(anyMessage, { minLength: 1, maxLength: 5 }), (messages) => {
        const measure = recordMeasure(origin.topic, origin.partition);
        const measured = messages.reduce((sum, one) => sum + measure(one), measureEnvelope(origin));
        expect(measured - 1).toBe(Buffer.byteLength(JSON.stringify(buildEvent(origin, messages))));
      }),
    );
  });
});
