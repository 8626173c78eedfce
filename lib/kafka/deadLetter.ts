import type { MSKRecord } from 'aws-lambda';
import type { IHeaders, KafkaMessage } from 'kafkajs';
import { firstAppendTimeBytes } from './ballotRecord.ts';
import type { OutgoingRecord, Place } from './producer.ts';
import { readWhole } from './readWhole.ts';

/** A record of the topic `votes.dlq`: one of `votes` that could not be read. */
export interface DeadLetter {
  /** Its offset on `votes.dlq`. */
  offset: number;
  /** Milliseconds since 1970. */
  setAsideAt: number;
  /** What was wrong with it then. */
  reason: string;
  topic: string;
  /** Where it stood; undefined if its headers do not tell. */
  stoodAt: Place | undefined;
  /** The record as it was, headers as Lambda hands them over. */
  record: Pick<MSKRecord, 'headers'> & { key: Buffer | null; value: Buffer | null };
}

/** Together with the headers below what a broker takes in one record by default, 1 MiB with its overhead. */
const MAX_KEY_BYTES = 100_000;
const MAX_VALUE_BYTES = 800_000;
const MAX_REASON_CHARACTERS = 1_000;

const bytesOf = (base64: string | null | undefined) => (base64 ? Buffer.from(base64, 'base64') : null);

/** The record that sets another aside, byte for byte up to what fits: no ballot is anywhere near that. Of its headers
 * it keeps those that the ballot is judged by: nobody waits for word of it any more. */
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

/** Reads whatever stands there: what others have put there is a letter as well. */
export function readDeadLetter({ key, value, headers = {}, offset, timestamp }: KafkaMessage): DeadLetter {
  return {
    offset: Number(offset),
    setAsideAt: Number(timestamp),
    reason: textOf(headers['reason']),
    topic: textOf(headers['topic']),
    stoodAt: readPlace(headers),
    record: { key, value, headers: asLambdaHands(headers) },
  };
}

/** As far as a receipt and the database can hold it. */
function readPlace(headers: IHeaders): Place | undefined {
  const partition = readWhole(textOf(headers['partition']), 2 ** 31 - 1);
  const offset = readWhole(textOf(headers['offset']), 2 ** 48 - 1);
  const appendTime = readWhole(textOf(headers['append_time']), 2 ** 48 - 1);
  if (partition === undefined || offset === undefined || appendTime === undefined) return undefined;
  return { partition, offset, appendTime };
}

/** A name that is repeated has a list; the first counts. */
const bytesIn = (header: IHeaders[string]) => Buffer.from([header].flat()[0] ?? '');
const textOf = (header: IHeaders[string]) => bytesIn(header).toString();

function asLambdaHands(headers: IHeaders): MSKRecord['headers'] {
  return Object.entries(headers).map(([name, header]) => ({ [name]: [...bytesIn(header)] }));
}
