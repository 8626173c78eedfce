import { isHopeless } from '../errors.ts';
import { encodeDeadLetter } from '../kafka/deadLetter.ts';
import type { Producer } from '../kafka/producer.ts';
import { topics } from '../kafka/topics.ts';
import { log } from '../log.ts';
import type { UnreadableRecord } from './readBallots.ts';

/** A line of the log names no more of them. */
const MOST_NAMED = 5;

/** Puts records that nobody can read aside, with where they stood and what is wrong with them. One that `votes.dlq`
 * does not take either is logged and left at that: it must not hold up those behind it.
 * @throws {UnavailableError} when Kafka does not take them for now */
export async function setAside(producer: Producer, unreadable: UnreadableRecord[]): Promise<void> {
  if (unreadable.length === 0) return;
  log.error('Records of votes are set aside.', {
    records: unreadable.length,
    first: unreadable.slice(0, MOST_NAMED).map(named),
  });
  try {
    await produce(producer, unreadable);
  } catch (error) {
    if (!isHopeless(error)) throw error;
    // All of them were refused, for one perhaps.
    for (const one of unreadable) await setOneAside(producer, one);
  }
}

async function produce(producer: Producer, unreadable: UnreadableRecord[]): Promise<void> {
  const letters = unreadable.map(({ record, reason }) => encodeDeadLetter(record, reason));
  await producer.produce(topics.deadLetters, letters);
}

async function setOneAside(producer: Producer, one: UnreadableRecord): Promise<void> {
  try {
    await produce(producer, [one]);
  } catch (error) {
    if (!isHopeless(error)) throw error;
    log.error('A record of votes is passed over: it cannot be set aside.', { ...named(one), error });
  }
}

const named = ({ record, reason }: UnreadableRecord) => ({
  partition: record.partition,
  offset: record.offset,
  reason,
});
