import type { MSKRecord } from 'aws-lambda';
import { type EachMessagePayload, Kafka, logLevel } from 'kafkajs';
import { signingKeys } from '../../../lib/config.ts';
import { encodeBallot } from '../../../lib/kafka/ballotRecord.ts';
import { replyToHeaders } from '../../../lib/kafka/replyTo.ts';
import { type DirectMessage, decodeStandings } from '../../../lib/kafka/standingsRecord.ts';
import { createReplySeal } from '../../../lib/tokens/seal.ts';
import type { LoggedBallot } from '../database/polls.ts';

/** A ballot's record as Lambda hands it over. */
export function votesRecord(
  ballot: LoggedBallot,
  partition: number,
  changes: Partial<MSKRecord> = {},
): MSKRecord {
  const { key, value } = encodeBallot(ballot);
  return {
    topic: 'votes',
    partition,
    offset: ballot.offset,
    timestamp: ballot.appendTime,
    timestampType: 'LOG_APPEND_TIME',
    key: key.toString('base64'),
    value: value.toString('base64'),
    headers: [],
    ...changes,
  };
}

/** Makes a WebSocket client wait for the outcome of the ballot in a record; sealed with the SIGNING_KEYS of the environment. */
export function awaitedBy(connectionId: string, requestId: string): Pick<MSKRecord, 'headers'> {
  const headers = Object.entries(replyToHeaders(createReplySeal(signingKeys()), { connectionId, requestId }));
  return { headers: headers.map(([name, text]) => ({ [name]: [...Buffer.from(text)] })) };
}

/** Reads a topic from its beginning until `found` returns true. */
export async function readTopic(
  brokers: string[],
  topic: string,
  found: (all: EachMessagePayload[]) => boolean,
): Promise<EachMessagePayload[]> {
  const kafka = new Kafka({ brokers, logLevel: logLevel.NOTHING });
  const consumer = kafka.consumer({ groupId: `test-${Math.random()}` });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  const all: EachMessagePayload[] = [];
  await new Promise<void>((resolve, reject) => {
    const eachMessage = async (payload: EachMessagePayload) => {
      all.push(payload);
      if (found(all)) resolve();
    };
    consumer.run({ eachMessage }).catch(reject);
  });
  await consumer.disconnect();
  return all;
}

const standingsOf = ({ message }: EachMessagePayload) => decodeStandings(message.value?.toString('base64'));

/** The shards that got a record about this poll. */
export function shardsTold(all: EachMessagePayload[], pollId: string): Set<number> {
  const ids = [pollId, pollId.replaceAll('-', '')];
  const telling = all.filter((payload) => {
    const standings = standingsOf(payload);
    return standings.type === 'polls' && standings.pollIds.some((id) => ids.includes(id));
  });
  return new Set(telling.map(({ partition }) => partition));
}

/** The messages for a connection, each with the shard that it came to. */
export function wordsFor(
  all: EachMessagePayload[],
  connectionId: string,
): (DirectMessage & { partition: number })[] {
  return all.flatMap((payload) => {
    const standings = standingsOf(payload);
    if (standings.type !== 'direct') return [];
    const words = standings.messages.filter((word) => word.connectionId === connectionId);
    return words.map((word) => ({ ...word, partition: payload.partition }));
  });
}
