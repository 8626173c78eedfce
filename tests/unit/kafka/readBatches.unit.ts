import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { readBatches } from '../../../lib/kafka/patches/readBatches.ts';

const CODEC_AT = 22;
const HEADER_BYTES = 61;

const zigzag = (value: number) => {
  const bytes: number[] = [];
  let left = value >= 0 ? value * 2 : -value * 2 - 1;
  for (; left > 0x7f; left = Math.floor(left / 0x80)) bytes.push((left & 0x7f) | 0x80);
  return Buffer.from([...bytes, left]);
};
const sized = (bytes: Buffer) => Buffer.concat([zigzag(bytes.length), bytes]);

type Headers = [name: string, value: string][];

function record(offsetDelta: number, value: string, headers: Headers): Buffer {
  const parts = headers.flatMap((header) => header.map((text) => sized(Buffer.from(text))));
  const start = [Buffer.from([0]), zigzag(5), zigzag(offsetDelta), zigzag(-1), sized(Buffer.from(value))];
  return sized(Buffer.concat([...start, zigzag(headers.length), ...parts]));
}

/** A batch as a broker keeps it. */
function batch(firstOffset: number, values: string[], headers: Headers = []): Buffer {
  const records = Buffer.concat(values.map((value, delta) => record(delta, value, headers)));
  const head = Buffer.alloc(HEADER_BYTES);
  head.writeBigInt64BE(BigInt(firstOffset), 0);
  head.writeInt32BE(HEADER_BYTES - 12 + records.length, 8);
  head[16] = 2;
  head.writeInt32BE(values.length - 1, 23);
  head.writeBigInt64BE(1_700_000_000_000n, 27);
  head.writeInt32BE(values.length, 57);
  return Buffer.concat([head, records]);
}

const told = (bytes: Buffer) => {
  return readBatches(bytes).map(
    ({ offset, value, unreadable }) => unreadable ?? [Number(offset), String(value)],
  );
};

describe('the batches of a fetch', () => {
  test('are read with offset, time and headers', () => {
    const headers: Headers = [
      ['constructor', 'a'],
      ['twice', '1'],
      ['__proto__', 'b'],
      ['twice', '2'],
    ];
    const [only] = readBatches(batch(7, ['v'], headers));
    expect(only).toMatchObject({
      offset: '7',
      timestamp: '1700000000005',
      key: null,
      value: Buffer.from('v'),
    });
    expect(Object.entries(only?.headers ?? {})).toEqual([
      ['constructor', Buffer.from('a')],
      ['twice', [Buffer.from('1'), Buffer.from('2')]],
      ['__proto__', Buffer.from('b')],
    ]);
  });

  test('end before a batch that is cut off', () => {
    const bytes = Buffer.concat([batch(0, ['a', 'b']), batch(2, ['c'])]);
    expect(told(bytes.subarray(0, bytes.length - 1))).toEqual([
      [0, 'a'],
      [1, 'b'],
    ]);
  });

  test.each([
    ['of a codec that is not known', 5, 'Unknown compression codec 5.'],
    ['that is no gzip', 1, expect.stringContaining('incorrect header check')],
    ['that is no snappy', 2, expect.any(String)],
    ['that is no lz4', 3, 'invalid magic number.'],
    ['that is no zstd', 4, expect.any(String)],
  ])('continue after one %s, which is reported once', (_what, codec, reason) => {
    const spoilt = batch(10, ['a', 'b', 'c']);
    spoilt[CODEC_AT] = codec;
    expect(told(Buffer.concat([batch(9, ['before']), spoilt, batch(13, ['after'])]))).toEqual([
      [9, 'before'],
      { firstOffset: 10, lastOffset: 12, reason },
      [13, 'after'],
    ]);
  });

  test('keep the readable records of a damaged batch', () => {
    const spoilt = batch(10, ['a', 'b', 'c']);
    // The size of the last record.
    spoilt[spoilt.length - 8] = 0x7e;
    expect(told(Buffer.concat([spoilt, batch(13, ['after'])]))).toEqual([
      [10, 'a'],
      [11, 'b'],
      { firstOffset: 12, lastOffset: 12, reason: expect.any(String) },
      [13, 'after'],
    ]);
  });

  test('can be any bytes, and always advance', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat({ max: 7 }), (tail, codec) => {
        const spoilt = batch(3, ['a']);
        spoilt[CODEC_AT] = codec;
        const bytes = Buffer.concat([spoilt.subarray(0, HEADER_BYTES), tail]);
        bytes.writeInt32BE(bytes.length - 12, 8);
        const records = readBatches(Buffer.concat([bytes, batch(4, ['after'])]));
        expect(records.at(-1)).toMatchObject({ offset: '4', value: Buffer.from('after') });
      }),
    );
  });

  test('with thousands of headers are read fast', () => {
    const headers: Headers = Array.from({ length: 5_000 }, (_, at) => [`header ${at}`, 'x']);
    const bytes = batch(0, ['v'], headers);
    const began = performance.now();
    expect(Object.keys(readBatches(bytes)[0]?.headers ?? {})).toHaveLength(5_000);
    expect(performance.now() - began).toBeLessThan(2_000);
  });
});
