import type { ServerMessage } from '../contract/messageTypes.ts';
import { PoisonRecordError } from '../errors.ts';
import { chunksByBytes } from './placement.ts';
import type { OutgoingRecord } from './producer.ts';

/** A message for a single connection. */
export interface DirectMessage {
  connectionId: string;
  message: ServerMessage;
  /** Names the vote whose outcome this is. Kafka may hold the vote, and this message, several times. */
  vote?: string;
}

/** A task of a fan-out shard. It names changed polls without their counts: the broadcaster reads the current
 * state, so late and repeated records are harmless. */
export type StandingsRecord =
  /** These polls (UUIDs) changed. */
  | { type: 'polls'; pollIds: string[] }
  /** This new connection waits for its first leaderboard. */
  | { type: 'welcome'; connectionId: string }
  /** Messages for single connections, passed on unchanged. */
  | { type: 'direct'; messages: DirectMessage[] };

export function encodeStandings(record: StandingsRecord): Buffer {
  return Buffer.from(JSON.stringify(record));
}

const recordFor = (shard: number, task: StandingsRecord): OutgoingRecord => ({
  partition: shard,
  key: null,
  value: encodeStandings(task),
});

/** Builds the records that ask each shard to check these polls or, without polls, to run a round. */
export function pollsRecords(shards: number, pollIds: string[]): OutgoingRecord[] {
  // Two quotes and a comma.
  const chunks = pollIds.length > 0 ? chunksByBytes(pollIds, (id) => id.length + 3) : [[]];
  return [...chunks].flatMap((chunk) => {
    const value = encodeStandings({ type: 'polls', pollIds: chunk });
    return Array.from({ length: shards }, (_, partition) => ({ partition, key: null, value }));
  });
}

/** Builds the record that asks one shard to run a round. */
export function roundRecord(shard: number): OutgoingRecord {
  return recordFor(shard, { type: 'polls', pollIds: [] });
}

/** Builds the records with messages for connections of one shard. */
export function directRecords(shard: number, messages: DirectMessage[]): OutgoingRecord[] {
  const sizeOf = (message: DirectMessage) => Buffer.byteLength(JSON.stringify(message)) + 1;
  return [...chunksByBytes(messages, sizeOf)].map((chunk) =>
    recordFor(shard, { type: 'direct', messages: chunk }),
  );
}

/** Like `directRecords`, for connections of several shards. */
export function directRecordsOf(messages: (DirectMessage & { shard: number })[]): OutgoingRecord[] {
  const byShard = Map.groupBy(messages, ({ shard }) => shard);
  return [...byShard].flatMap(([shard, ofShard]) =>
    directRecords(
      shard,
      ofShard.map(({ shard: _, ...message }) => message),
    ),
  );
}

export function welcomeRecord(shard: number, connectionId: string): OutgoingRecord {
  return recordFor(shard, { type: 'welcome', connectionId });
}

/** @param value base64, as Lambda passes it. @throws {PoisonRecordError} for an invalid record */
export function decodeStandings(value: string | null | undefined): StandingsRecord {
  try {
    const record = JSON.parse(Buffer.from(value ?? '', 'base64').toString());
    if (record.type === 'polls' && Array.isArray(record.pollIds)) return record;
    if (record.type === 'welcome' && typeof record.connectionId === 'string') return record;
    if (record.type === 'direct' && Array.isArray(record.messages)) return record;
  } catch (cause) {
    throw new PoisonRecordError('The standings record is not JSON.', { cause });
  }
  throw new PoisonRecordError('The standings record has an unknown type.');
}
