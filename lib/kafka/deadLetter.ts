import type { MSKRecord } from 'aws-lambda';
import type { IHeaders, KafkaMessage } from 'kafkajs';
import { firstAppendTimeBytes } from './ballotRecord.ts';
import { headerBytes, readWhole, toLambdaHeaders } from './lambdaRecord.ts';
import type { OutgoingRecord, RecordPosition } from './producer.ts';

/** A record of the topic `votes.dlq`: a record of `votes` that could not be counted. */
export interface DeadLetter {
  /** Its offset on `votes.dlq`. */
  offset: number;
  /** Milliseconds since 1970. */
  setAsideAt: number;
  /** Why it could not be counted then. */
  reason: string;
  topic: string;
  /** Its original position; undefined if the headers lack it. */
  stoodAt: RecordPosition | undefined;
  /** The original record, with headers as Lambda passes them. */
  record: Pick<MSKRecord, 'headers'> & { key: Buffer | null; value: Buffer | null };
}

/** Together with the headers below a broker's default limit of 1 MiB per record. */
const MAX_KEY_BYTES = 100_000;
const MAX_VALUE_BYTES = 800_000;
const MAX_REASON_CHARACTERS = 1_000;

const bytesOf = (base64: string | null | undefined) => (base64 ? Buffer.from(base64, 'base64') : null);

/** Encodes a record as a dead letter, byte by byte up to limits far above any ballot. Of the original headers
 * it keeps only `first_append_time`, which counting needs; a client no longer waits for the outcome. */
export function encodeDeadLetter(record: MSKRecord, reason: string): OutgoingRecord {
  const [key, value] = [bytesOf(record.key), bytesOf(record.value)];
  return {
    partition: 0,
    key: key?.subarray(0, MAX_KEY_BYTES) ?? null,
    value: value?.subarray(0, MAX_VALUE_BYTES) ?? null,
    headers: {
      ...firstAppendTimeBytes(record.headers),
      reason: reason.slice(0, MAX_REASON_CHARACTERS),
      topic: record.topic,
      partition: String(record.partition),
      offset: String(record.offset),
      append_time: String(record.timestamp),
    },
  };
}

/** Reads any record of the topic, including those that other producers wrote. */
export function readDeadLetter({ key, value, headers = {}, offset, timestamp }: KafkaMessage): DeadLetter {
  return {
    offset: Number(offset),
    setAsideAt: Number(timestamp),
    reason: textOf(headers['reason']),
    topic: textOf(headers['topic']),
    stoodAt: readPosition(headers),
    record: { key, value, headers: toLambdaHeaders(headers) },
  };
}

/** Undefined beyond what a receipt and the database can hold. */
function readPosition(headers: IHeaders): RecordPosition | undefined {
  const partition = readWhole(textOf(headers['partition']), 2 ** 31 - 1);
  const offset = readWhole(textOf(headers['offset']), 2 ** 48 - 1);
  const appendTime = readWhole(textOf(headers['append_time']), 2 ** 48 - 1);
  if (partition === undefined || offset === undefined || appendTime === undefined) return undefined;
  return { partition, offset, appendTime };
}

const textOf = (header: IHeaders[string]) => headerBytes(header).toString();
