import { encodeDeadLetter } from '../kafka/deadLetter.ts';
import type { Producer } from '../kafka/producer.ts';
import { topics } from '../kafka/topics.ts';
import type { UnreadableRecord } from './readBallots.ts';

/** Puts records that nobody can read aside, byte for byte, with where they stood and what is wrong with them.
 * @throws {UnavailableError} when Kafka does not take them */
export async function setAside(producer: Producer, unreadable: UnreadableRecord[]): Promise<void> {
  if (unreadable.length === 0) return;
  const records = unreadable.map(({ record, reason }) => encodeDeadLetter(record, reason));
  await producer.produce(topics.deadLetters, records);
}
