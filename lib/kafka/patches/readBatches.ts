import { messageOf } from '../../errors.ts';
import { ByteReader } from './byteReader.ts';
import { decompress } from './decompress.ts';

/** A record in the format of KafkaJS. */
export interface ReadRecord {
  readonly offset: string;
  readonly timestamp: string;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  /** Without a prototype; a repeated name has a list. */
  readonly headers: Record<string, Buffer | null | (Buffer | null)[]>;
  readonly isControlRecord: boolean;
  readonly batchContext: BatchContext;
  /** Only set on a placeholder for unreadable records, which has the offset of the last one. */
  readonly unreadable?: UnreadableRun;
}

export interface UnreadableRun {
  readonly firstOffset: number;
  readonly lastOffset: number;
  readonly reason: string;
}

interface BatchContext {
  readonly firstOffset: number;
  readonly lastOffset: number;
  readonly timestampType: 0 | 1;
  readonly firstTimestamp: number;
  readonly maxTimestamp: number;
  readonly producerId: string;
  readonly inTransaction: boolean;
  readonly isControlBatch: boolean;
  readonly codec: number;
}

export const RECORD_BATCH_MAGIC = 2;
const CODEC_MASK = 0x07;
const LOG_APPEND_TIME_FLAG = 0x08;
const TRANSACTION_FLAG = 0x10;
const CONTROL_FLAG = 0x20;

/** Offset and length of a batch; the length does not include them. */
const PREFIX_BYTES = 12;

/**
 * Parses the record batches of a fetch. The unreadable part of a batch (corrupt, or of an unknown codec)
 * becomes one placeholder record, and the next batch follows. Unpatched, KafkaJS fails the whole fetch on
 * every retry.
 *
 * @param bytes batches of magic 2; a fetch's size limit may truncate the last one
 */
export function readBatches(bytes: Buffer): ReadRecord[] {
  const reader = new ByteReader(bytes);
  const records: ReadRecord[] = [];
  while (reader.left > PREFIX_BYTES) {
    const firstOffset = reader.int64();
    const length = reader.int32();
    if (length < 0 || length > reader.left) break;
    readBatch(firstOffset, new ByteReader(reader.take(length)), records);
  }
  return records;
}

function readBatch(firstOffset: number, reader: ByteReader, records: ReadRecord[]): void {
  let context: BatchContext = { ...UNKNOWN, firstOffset, lastOffset: firstOffset };
  let next = firstOffset;
  try {
    context = readContext(firstOffset, reader);
    const count = reader.int32();
    if (count < 0) throw new RangeError(`The batch has an invalid record count: ${count}.`);
    // Compacted to nothing. The consumer must still advance past it, as past control records.
    if (count === 0) records.push(placeholder(context, true));
    const rest = reader.take(reader.left);
    const content = new ByteReader(context.codec === 0 ? rest : decompress(context.codec, rest));
    for (let at = 0; at < count; at++) {
      const bytes = content.varBytes();
      if (!bytes) throw new RangeError('A record is missing.');
      const record = readRecord(new ByteReader(bytes), context);
      records.push(record);
      next = Number(record.offset) + 1;
    }
  } catch (error) {
    records.push(unreadable(context, next, messageOf(error)));
  }
}

const UNKNOWN = {
  timestampType: 0,
  firstTimestamp: 0,
  maxTimestamp: 0,
  producerId: '-1',
  inTransaction: false,
  isControlBatch: false,
  codec: 0,
} as const;

function readContext(firstOffset: number, reader: ByteReader): BatchContext {
  // Leader epoch.
  reader.take(4);
  const magic = reader.int8();
  if (magic !== RECORD_BATCH_MAGIC) throw new RangeError(`Unsupported batch format ${magic}.`);
  // The checksum, which the broker verified.
  reader.take(4);
  const attributes = reader.int16();
  const lastOffset = firstOffset + reader.int32();
  const firstTimestamp = reader.int64();
  const maxTimestamp = reader.int64();
  const producerId = String(reader.int64());
  // Producer epoch 2, first sequence 4.
  reader.take(6);
  return {
    firstOffset,
    lastOffset,
    timestampType: attributes & LOG_APPEND_TIME_FLAG ? 1 : 0,
    firstTimestamp,
    maxTimestamp,
    producerId,
    inTransaction: (attributes & TRANSACTION_FLAG) > 0,
    isControlBatch: (attributes & CONTROL_FLAG) > 0,
    codec: attributes & CODEC_MASK,
  };
}

function readRecord(reader: ByteReader, context: BatchContext): ReadRecord {
  reader.int8();
  const timestamp = context.firstTimestamp + reader.varint();
  const offset = context.firstOffset + reader.varint();
  const key = reader.varBytes();
  const value = reader.varBytes();
  return {
    offset: String(offset),
    timestamp: String(context.timestampType === 1 ? context.maxTimestamp : timestamp),
    key,
    value,
    headers: readHeaders(reader),
    isControlRecord: context.isControlBatch,
    batchContext: context,
  };
}

// KafkaJS copies all headers for each new one, and mistakes properties of Object.prototype for headers.
function readHeaders(reader: ByteReader): ReadRecord['headers'] {
  const headers: ReadRecord['headers'] = Object.create(null);
  reader.varArray(() => {
    const name = String(reader.varBytes());
    const value = reader.varBytes();
    const before = headers[name];
    if (Array.isArray(before)) before.push(value);
    else headers[name] = before === undefined ? value : [before, value];
  });
  return headers;
}

function unreadable(context: BatchContext, firstOffset: number, reason: string): ReadRecord {
  // A corrupt header may name a last offset that is behind.
  const lastOffset = Math.max(firstOffset, context.lastOffset);
  return {
    ...placeholder({ ...context, lastOffset }, false),
    unreadable: { firstOffset, lastOffset, reason },
  };
}

function placeholder(batchContext: BatchContext, isControlRecord: boolean): ReadRecord {
  const { lastOffset, maxTimestamp } = batchContext;
  return {
    offset: String(lastOffset),
    timestamp: String(maxTimestamp),
    key: null,
    value: null,
    headers: {},
    isControlRecord,
    batchContext,
  };
}
