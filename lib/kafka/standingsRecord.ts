import type { ServerMessage } from '../contract/messageTypes.ts';
import { PoisonRecordError } from '../errors.ts';
import type { OutgoingRecord } from './producer.ts';

/** A message for one connection alone. */
export interface DirectMessage {
  connectionId: string;
  message: ServerMessage;
}

/** What a fan-out shard has to look at. Of standings it says that they changed, never to what: the broadcaster
 * reads them as they are when its turn comes, so a late or repeated record does no harm. */
export type StandingsRecord =
  /** The tally touched these polls (UUIDs). */
  | { type: 'polls'; pollIds: string[] }
  /** This connection has just opened and waits for its first board. */
  | { type: 'welcome'; connectionId: string }
  /** Word for some of its connections, to be passed on as it is. */
  | { type: 'direct'; messages: DirectMessage[] };

export function encodeStandings(record: StandingsRecord): Buffer {
  return Buffer.from(JSON.stringify(record));
}

/** Has each of so many shards look at these polls, in as many records as they fill; without any, have a round. */
export function pollsRecords(shards: number, pollIds: string[]): OutgoingRecord[] {
  // Quotes and a comma around each.
  const chunks = pollIds.length > 0 ? chunksByBytes(pollIds, (id) => id.length + 3) : [[]];
  return [...chunks].flatMap((chunk) => {
    const value = encodeStandings({ type: 'polls', pollIds: chunk });
    return Array.from({ length: shards }, (_, partition) => ({ partition, key: null, value }));
  });
}

/** Messages for connections of one shard, in as many records as they fill. */
export function directRecords(shard: number, messages: DirectMessage[]): OutgoingRecord[] {
  const sizeOf = (message: DirectMessage) => Buffer.byteLength(JSON.stringify(message)) + 1;
  return [...chunksByBytes(messages, sizeOf)].map((chunk) => ({
    partition: shard,
    key: null,
    value: encodeStandings({ type: 'direct', messages: chunk }),
  }));
}

export function welcomeRecord(shard: number, connectionId: string): OutgoingRecord {
  return { partition: shard, key: null, value: encodeStandings({ type: 'welcome', connectionId }) };
}

/** @param value base64, as Lambda hands it over. @throws {PoisonRecordError} when it is no such record. */
export function decodeStandings(value: string | null | undefined): StandingsRecord {
  try {
    const record = JSON.parse(Buffer.from(value ?? '', 'base64').toString());
    if (record.type === 'polls' && Array.isArray(record.pollIds)) return record;
    if (record.type === 'welcome' && typeof record.connectionId === 'string') return record;
    if (record.type === 'direct' && Array.isArray(record.messages)) return record;
  } catch (cause) {
    throw new PoisonRecordError('A record of standings is not JSON.', { cause });
  }
  throw new PoisonRecordError('A record of standings has no known type.');
}

/** Half of what a broker takes by default (1 MiB a batch), so that a record of this size never fails alone. */
export const MAX_RECORD_BYTES = 500_000;

/**
 * Cuts a list into runs of bounded size, in its order: one run makes one record. An item that is larger than
 * the bound by itself makes a run of its own, for the broker to judge.
 *
 * @param sizeOf bytes that the item takes in its record, separators included
 */
export function* chunksByBytes<T>(
  items: Iterable<T>,
  sizeOf: (item: T) => number,
  mostBytes = MAX_RECORD_BYTES,
): Iterable<T[]> {
  let chunk: T[] = [];
  let bytes = 0;
  for (const item of items) {
    const size = sizeOf(item);
    if (chunk.length > 0 && bytes + size > mostBytes) {
      yield chunk;
      chunk = [];
      bytes = 0;
    }
    chunk.push(item);
    bytes += size;
  }
  if (chunk.length > 0) yield chunk;
}
