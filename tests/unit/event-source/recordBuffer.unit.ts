import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { RecordBuffer } from '../../../lib/offline/event-source/recordBuffer.ts';

interface Sized {
  readonly offset: string;
  readonly size: number;
}

const limits = { batchSize: 3, maxBytes: 100, windowMs: 500 };
const sizeOf = (message: Sized) => message.size;

function filled(sizes: readonly number[], now = 0): RecordBuffer<Sized> {
  const buffer = new RecordBuffer<Sized>();
  buffer.add(
    sizes.map((size, offset) => ({ offset: `${offset}`, size })),
    sizeOf,
    sizes.length,
    now,
  );
  return buffer;
}

describe('the wait for a batch', () => {
  test('lasts until a record arrives', () => {
    expect(filled([]).timeToBatch(limits, 0)).toBe(Number.POSITIVE_INFINITY);
  });

  test('lasts one window from the first record on', () => {
    const buffer = filled([1], 1000);
    buffer.add([{ offset: '1', size: 1 }], sizeOf, 2, 1400);
    expect(buffer.timeToBatch(limits, 1400)).toBe(100);
    expect(buffer.timeToBatch(limits, 1500)).toBe(0);
  });

  test('is over at once with a full batch, a full payload or no window', () => {
    expect(filled([1, 1, 1]).timeToBatch(limits, 0)).toBe(0);
    expect(filled([100]).timeToBatch(limits, 0)).toBe(0);
    expect(filled([1]).timeToBatch({ ...limits, windowMs: 0 }, 0)).toBe(0);
  });
});

describe('a batch', () => {
  test('ends where the next record begins, past missing offsets', () => {
    const buffer = new RecordBuffer<Sized>();
    const messages = ['5', '6', '9', '12'].map((offset) => ({ offset, size: 1 }));
    buffer.add(messages, sizeOf, 20, 0);
    expect(buffer.take(limits).end).toBe(12);
    expect(buffer.take(limits).end).toBe(20);
  });

  test('contains a single record that is too large', () => {
    const buffer = filled([10, 101, 10]);
    expect([buffer.take(limits), buffer.take(limits), buffer.take(limits)].map(({ bytes }) => bytes)).toEqual(
      [10, 101, 10],
    );
  });

  test('never exceeds the limits, loses nothing and keeps the order', () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 60 }), { maxLength: 30 }), (sizes) => {
        const buffer = filled(sizes);
        const taken: string[] = [];
        while (buffer.length > 0) {
          const batch = buffer.take(limits);
          expect(batch.messages.length).toBeLessThanOrEqual(limits.batchSize);
          expect(batch.bytes).toBeLessThanOrEqual(limits.maxBytes);
          taken.push(...batch.messages.map(({ offset }) => offset));
          expect(batch.end).toBe(taken.length);
        }
        expect(taken).toEqual(sizes.map((_, offset) => `${offset}`));
        expect(buffer.bytes).toBe(0);
      }),
    );
  });
});
