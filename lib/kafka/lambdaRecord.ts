import type { MSKRecord, MSKRecordHeader } from 'aws-lambda';
import type { IHeaders, KafkaMessage } from 'kafkajs';

/** A record from KafkaJS as Lambda passes it, except that header bytes are unsigned; their readers take both forms.
 * @param topic without its prefix on the cluster */
export function toLambdaRecord(topic: string, partition: number, message: KafkaMessage): MSKRecord {
  const { key, value, headers = {}, offset, timestamp } = message;
  return {
    topic,
    partition,
    offset: Number(offset),
    timestamp: Number(timestamp),
    timestampType: 'LOG_APPEND_TIME',
    // Lambda omits null fields. Ballot decoding treats an empty and a missing field alike.
    key: key?.toString('base64') ?? '',
    value: value?.toString('base64') ?? '',
    headers: toLambdaHeaders(headers),
  };
}

/** KafkaJS passes a list for a repeated header; the first value counts. */
export const headerBytes = (header: IHeaders[string]) => Buffer.from([header].flat()[0] ?? '');

/** Returns the bytes of the first header of this name.
 * @param headers as Lambda passes them */
export const findHeader = (headers: MSKRecordHeader[] | undefined, name: string) =>
  headers?.find((one) => Object.hasOwn(one, name))?.[name];

/** Parses a header's whole number, digits only; undefined if it is invalid or too large. */
export function readWhole(text: string, greatest: number): number | undefined {
  const number = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  return number <= greatest ? number : undefined;
}

export function toLambdaHeaders(headers: IHeaders): MSKRecord['headers'] {
  return Object.entries(headers).map(([name, header]) => ({ [name]: [...headerBytes(header)] }));
}
