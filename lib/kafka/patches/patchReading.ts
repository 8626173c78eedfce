import Decoder from 'kafkajs/src/protocol/decoder.js';
import decodeMessages from 'kafkajs/src/protocol/requests/fetch/v4/decodeMessages.js';
import v4 from 'kafkajs/src/protocol/requests/fetch/v4/response.js';
import v5 from 'kafkajs/src/protocol/requests/fetch/v5/response.js';
import v6 from 'kafkajs/src/protocol/requests/fetch/v6/response.js';
import v7 from 'kafkajs/src/protocol/requests/fetch/v7/response.js';
import v8 from 'kafkajs/src/protocol/requests/fetch/v8/response.js';
import v9 from 'kafkajs/src/protocol/requests/fetch/v9/response.js';
import v10 from 'kafkajs/src/protocol/requests/fetch/v10/response.js';
import v11 from 'kafkajs/src/protocol/requests/fetch/v11/response.js';
import { ByteReader } from './byteReader.ts';
import { RECORD_BATCH_MAGIC, type ReadRecord, readBatches, type UnreadableRun } from './readBatches.ts';

const MAGIC_AT = 16;

/** Makes every KafkaJS consumer of this process parse batches with `readBatches`. */
export function patchReading(): void {
  for (const [index, response] of [v4, v5, v6, v7, v8, v9, v10, v11].entries()) {
    response.decode = (bytes) => decodeFetch(bytes, index + 4);
  }
}

/** Returns the unreadable records that a message of a patched consumer replaces, if any. */
export function unreadableRun(message: object): UnreadableRun | undefined {
  return (message as ReadRecord).unreadable;
}

/** @see https://kafka.apache.org/protocol#The_Messages_Fetch */
async function decodeFetch(bytes: Buffer, version: number): Promise<object> {
  const reader = new ByteReader(bytes);
  const throttleTime = reader.int32();
  // Error code 2, session id 4.
  if (version >= 7) reader.take(6);
  const responses = reader.array(() => ({
    topicName: reader.string(),
    partitions: reader.array(() => readPartition(reader, version)),
  }));
  for (const { partitions } of responses) {
    for (const partition of partitions) partition.messages = await readMessages(partition.bytes);
  }
  // From version 8 on, the client throttles itself; before, the broker has already waited.
  const throttle =
    version >= 8 ? { throttleTime: 0, clientSideThrottleTime: throttleTime } : { throttleTime };
  return { ...throttle, responses };
}

function readPartition(reader: ByteReader, version: number) {
  const partition = {
    partition: reader.int32(),
    errorCode: reader.int16(),
    highWatermark: String(reader.int64()),
    lastStableOffset: String(reader.int64()),
    ...(version >= 5 ? { lastStartOffset: String(reader.int64()) } : {}),
    abortedTransactions: reader.array(() => ({
      producerId: String(reader.int64()),
      firstOffset: String(reader.int64()),
    })),
    ...(version >= 11 ? { preferredReadReplica: reader.int32() } : {}),
  };
  const length = reader.int32();
  return { ...partition, bytes: reader.take(Math.max(0, length)), messages: [] as object[] };
}

async function readMessages(bytes: Buffer): Promise<object[]> {
  if (bytes.length <= MAGIC_AT) return [];
  if (bytes[MAGIC_AT] === RECORD_BATCH_MAGIC) return readBatches(bytes);
  // KafkaJS parses the formats from before 2017.
  const size = Buffer.alloc(4);
  size.writeInt32BE(bytes.length);
  return decodeMessages(new Decoder(Buffer.concat([size, bytes])));
}
