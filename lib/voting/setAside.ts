import { UnsendableError } from '../errors.ts';
import { encodeDeadLetter } from '../kafka/deadLetter.ts';
import type { Producer } from '../kafka/producer.ts';
import { topics } from '../kafka/topics.ts';
import { log } from '../log.ts';
import type { UnreadableRecord } from './readBallots.ts';

/** Puts records that nobody can read aside, byte for byte, with where they stood and what is wrong with them. What
 * the dead letters' topic refuses for good stays in the log of `votes`, and holds up no vote.
 * @throws {UnavailableError} when Kafka does not take them */
export async function setAside(producer: Producer, unreadable: UnreadableRecord[]): Promise<void> {
  if (unreadable.length === 0) return;
  const records = unreadable.map(({ record, reason }) => encodeDeadLetter(record, reason));
  try {
    await producer.produce(topics.deadLetters, records);
  } catch (error) {
    if (!(error instanceof UnsendableError)) throw error;
    const places = unreadable.map(({ record: { partition, offset } }) => `${partition}:${offset}`);
    log.error('Unreadable votes cannot be set aside.', { error, places });
  }
}
