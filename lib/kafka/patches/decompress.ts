import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { snappyUncompress } from 'hysnappy';
import lz4 from 'lz4js';

/** The limit of a decompressed batch. A broker's default for a compressed one is 1 MiB. */
const MAX_BYTES = 128 * 2 ** 20;

/** Java writes Snappy as this magic, two version numbers, then sized blocks. Others write one block. */
const XERIAL = Buffer.from([0x82, ...Buffer.from('SNAPPY'), 0]);
const XERIAL_HEADER_BYTES = 16;

/** By the codec number in a batch's attributes. */
const codecs: Record<number, (bytes: Buffer) => Uint8Array> = {
  1: (bytes) => gunzipSync(bytes, { maxOutputLength: MAX_BYTES }),
  2: decodeSnappy,
  3: (bytes) => lz4.decompress(bytes, bounded(lz4.decompressBound(bytes))),
  4: (bytes) => zstdDecompressSync(bytes, { maxOutputLength: MAX_BYTES }),
};

/** @param codec from a record batch's attributes
 * @throws Error for corrupt bytes or an unknown codec */
export function decompress(codec: number, bytes: Buffer): Buffer {
  const decode = codecs[codec];
  if (!decode) throw new Error(`Unknown compression codec ${codec}.`);
  return Buffer.from(decode(bytes));
}

function decodeSnappy(bytes: Buffer): Uint8Array {
  if (!bytes.subarray(0, XERIAL.length).equals(XERIAL)) return decodeSnappyBlock(bytes);
  const blocks: Uint8Array[] = [];
  let total = 0;
  for (let at = XERIAL_HEADER_BYTES; at < bytes.length; ) {
    const start = at + 4;
    at = start + bytes.readUInt32BE(at);
    const block = decodeSnappyBlock(bytes.subarray(start, at));
    total = bounded(total + block.length);
    blocks.push(block);
  }
  return Buffer.concat(blocks);
}

/** A block begins with its decompressed size. */
function decodeSnappyBlock(bytes: Buffer): Uint8Array {
  let size = 0;
  for (const [at, byte] of bytes.subarray(0, 5).entries()) {
    size += (byte & 0x7f) * 0x80 ** at;
    if (byte < 0x80) break;
  }
  return snappyUncompress(bytes, bounded(size));
}

function bounded(size: number): number {
  if (size <= MAX_BYTES) return size;
  throw new RangeError(`A batch of ${size} bytes is too large.`);
}
