import type { MiddlewareObj } from '@middy/core';
import type { MSKEvent, MSKRecord } from 'aws-lambda';
import type { LogPosition } from '../domain/voteStatus.ts';
import { log } from '../log.ts';

/** An event with what was read of the records of each partition. */
export interface BatchesEvent<B> extends MSKEvent {
  batches: B[];
}

/** Reads the records of each partition, which are at least one and in the order of the log, before the handler.
 * @param read is also given the partition's key in the event, by which a failed one is reported */
export function partitionBatches<B>(
  read: (records: MSKRecord[], key: string) => B,
): MiddlewareObj<BatchesEvent<B>> {
  return {
    before: ({ event }) => {
      event.batches = Object.entries(event.records).map(([key, records]) => read(records, key));
    },
  };
}

/** A record's value, and where it stood. */
export interface Decoded<T> {
  value: T;
  position: LogPosition;
}

export interface DecodedBatch<T> {
  key: string;
  partition: number;
  firstOffset: number;
  /** Of the last record, decoded or not. */
  end: LogPosition;
  decoded: Decoded<T>[];
}

/** Decodes each record for itself; one that cannot be decoded is logged and skipped. */
export function decodeEach<T>(
  topic: string,
  decode: (value: string) => T,
): (records: MSKRecord[], key: string) => DecodedBatch<T> {
  return (records, key) => {
    const [first, last] = [records[0], records.at(-1)];
    if (!first || !last) throw new RangeError('A batch has no records.');
    const { partition, offset: firstOffset } = first;
    const decoded = records.flatMap((record): Decoded<T>[] => {
      try {
        return [{ value: decode(record.value), position: positionOf(record) }];
      } catch (error) {
        const { offset } = record;
        log.error('Record skipped: it cannot be decoded.', { topic, partition, offset, error });
        return [];
      }
    });
    return { key, partition, firstOffset, end: positionOf(last), decoded };
  };
}

const positionOf = ({ timestamp, offset }: MSKRecord): LogPosition => ({ appendTime: timestamp, offset });
