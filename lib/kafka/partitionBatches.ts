import type { MiddlewareObj } from '@middy/core';
import type { MSKEvent, MSKRecord } from 'aws-lambda';
import type { LogPosition } from '../domain/voteStatus.ts';
import { log } from '../log.ts';

/** An event with the parsed batch of each partition. */
export interface BatchesEvent<B> extends MSKEvent {
  batches: B[];
}

/** Parses the records of each partition before the handler: at least one, in the order of the log.
 * @param read also receives the partition's key in the event, which identifies a failed partition */
export function partitionBatches<B>(
  read: (records: MSKRecord[], key: string) => B,
): MiddlewareObj<BatchesEvent<B>> {
  return {
    before: ({ event }) => {
      event.batches = Object.entries(event.records).map(([key, records]) => read(records, key));
    },
  };
}

/** A record's decoded value and its position. */
export interface Decoded<T> {
  value: T;
  position: LogPosition;
}

export interface DecodedBatch<T> {
  key: string;
  partition: number;
  firstOffset: number;
  /** The position of the last record, decoded or not. */
  end: LogPosition;
  decoded: Decoded<T>[];
}

/** Limits the log line. */
const MAX_NAMED = 5;

/** Decodes each record. Skips those that it cannot decode, and logs them in one line. */
export function decodeEach<T>(
  topic: string,
  decode: (value: string) => T,
): (records: MSKRecord[], key: string) => DecodedBatch<T> {
  return (records, key) => {
    const [first, last] = [records[0], records.at(-1)];
    if (!first || !last) throw new RangeError('A batch has no records.');
    const { partition, offset: firstOffset } = first;
    const skipped: { offset: number; error: unknown }[] = [];
    const decoded = records.flatMap((record): Decoded<T>[] => {
      try {
        return [{ value: decode(record.value), position: positionOf(record) }];
      } catch (error) {
        skipped.push({ offset: record.offset, error });
        return [];
      }
    });
    if (skipped.length > 0) {
      const offsets = skipped.slice(0, MAX_NAMED).map(({ offset }) => offset);
      const { error } = skipped[0] ?? {};
      log.error('Undecodable records skipped.', {
        topic,
        partition,
        records: skipped.length,
        offsets,
        error,
      });
    }
    return { key, partition, firstOffset, end: positionOf(last), decoded };
  };
}

export const positionOf = ({ timestamp, offset }: MSKRecord): LogPosition => ({
  appendTime: timestamp,
  offset,
});
