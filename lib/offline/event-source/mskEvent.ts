import type { IHeaders } from 'kafkajs';

/** A record from KafkaJS; its own types omit `batchContext`. */
export interface FetchedMessage {
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly timestamp: string;
  readonly offset: string;
  readonly headers?: IHeaders | undefined;
  readonly batchContext?: { readonly timestampType: number };
}

export interface MskRecord {
  topic: string;
  partition: number;
  offset: number;
  timestamp: number;
  timestampType: 'CREATE_TIME' | 'LOG_APPEND_TIME';
  key?: string;
  value?: string;
  headers: Record<string, number[]>[];
}

export interface MskEvent {
  eventSource: 'aws:kafka';
  eventSourceArn: string;
  bootstrapServers: string;
  records: Record<string, MskRecord[]>;
}

export interface EventOrigin {
  readonly eventSourceArn: string;
  readonly bootstrapServers: string;
  readonly topic: string;
  readonly partition: number;
}

const LOG_APPEND_TIME = 1;

/**
 * Builds the event of one invocation, as Lambda does for Amazon MSK. Every attempt needs a new event, because a function
 * that runs in this process may modify it.
 */
export function buildEvent(origin: EventOrigin, messages: readonly FetchedMessage[]): MskEvent {
  const { topic, partition, eventSourceArn, bootstrapServers } = origin;
  const records = messages.map((message) => toRecord(topic, partition, message));
  return {
    eventSource: 'aws:kafka',
    eventSourceArn,
    bootstrapServers,
    records: { [`${topic}-${partition}`]: records },
  };
}

/** As on Lambda, a null key or value (a tombstone) has no field. */
function toRecord(topic: string, partition: number, message: FetchedMessage): MskRecord {
  const record: Omit<MskRecord, 'headers'> = {
    topic,
    partition,
    offset: Number(message.offset),
    timestamp: Number(message.timestamp),
    timestampType: timestampType(message),
  };
  if (message.key !== null) record.key = message.key.toString('base64');
  if (message.value !== null) record.value = message.value.toString('base64');
  return Object.assign(record, { headers: toHeaders(message.headers) });
}

function timestampType(message: FetchedMessage): MskRecord['timestampType'] {
  return message.batchContext?.timestampType === LOG_APPEND_TIME ? 'LOG_APPEND_TIME' : 'CREATE_TIME';
}

/** Splits the lists into which KafkaJS folds repeated names. Bytes are signed, as in Java. */
function toHeaders(headers: IHeaders | undefined): Record<string, number[]>[] {
  const list: Record<string, number[]>[] = [];
  for (const name in headers) {
    for (const value of [headers[name]].flat()) {
      list.push({ [name]: Array.from(new Int8Array(Buffer.from(value ?? ''))) });
    }
  }
  return list;
}

/** Size in bytes of the JSON of an event without records. */
export function measureEnvelope(origin: EventOrigin): number {
  return Buffer.byteLength(JSON.stringify(buildEvent(origin, [])));
}

/**
 * Returns a function that computes how many bytes a record adds to the JSON of its event, comma included. It does not
 * serialize, because it runs for every record and 200,000 small ones should take milliseconds.
 */
export function recordMeasure(topic: string, partition: number): (message: FetchedMessage) => number {
  const bare = toRecord(topic, partition, { key: null, value: null, timestamp: '0', offset: '0' });
  const fixed = Buffer.byteLength(`${JSON.stringify(bare)},`) - '00'.length;
  return (message) => {
    let bytes = fixed + message.offset.length + message.timestamp.length;
    if (timestampType(message) === 'LOG_APPEND_TIME')
      bytes += 'LOG_APPEND_TIME'.length - 'CREATE_TIME'.length;
    if (message.key !== null) bytes += ',"key":""'.length + base64Length(message.key.length);
    if (message.value !== null) bytes += ',"value":""'.length + base64Length(message.value.length);
    return bytes + headersLength(message.headers);
  };
}

function base64Length(bytes: number): number {
  return Math.ceil(bytes / 3) * 4;
}

function headersLength(headers: IHeaders | undefined): number {
  for (const _name in headers) return Buffer.byteLength(JSON.stringify(toHeaders(headers))) - '[]'.length;
  return 0;
}
