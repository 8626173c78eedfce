import type { Producer } from '../kafka/producer.ts';
import { topics } from '../kafka/topics.ts';
import type { UnreadableRecord } from './readBallots.ts';

const bytesOf = (base64: string | null | undefined) => (base64 ? Buffer.from(base64, 'base64') : null);

/** Puts records that nobody can read aside, byte for byte, with where they stood and what is wrong with them.
 * @throws {UnavailableError} when Kafka does not take them */
export async function setAside(producer: Producer, unreadable: UnreadableRecord[]): Promise<void> {
  if (unreadable.length === 0) return;
  const records = unreadable.map(({ record, reason }) => ({
    partition: 0,
    key: bytesOf(record.key),
    value: bytesOf(record.value),
    headers: {
      reason,
      topic: record.topic,
      partition: String(record.partition),
      offset: String(record.offset),
    },
  }));
  await producer.produce(topics.deadLetters, records);
}
