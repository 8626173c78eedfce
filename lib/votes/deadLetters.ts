import type { MSKRecord } from 'aws-lambda';
import { deadlineIn, monotonicMs } from '../clock.ts';
import { isHopeless } from '../errors.ts';
import { encodeDeadLetter } from '../kafka/deadLetter.ts';
import { PRODUCE_PATIENCE_MS, type SettlingProducer } from '../kafka/producer.ts';
import { topics } from '../kafka/topics.ts';
import { log } from '../log.ts';
import type { AnySql } from '../sql/client.ts';
import { readBallots, type UnreadableRecord } from './readBallots.ts';

/** A line of the log names no more of them. */
const MAX_NAMED = 5;

/** For those that are sent again one by one. A record is mostly acknowledged within some milliseconds. */
const SINGLY_MS = 10_000;

/** Puts records that nobody can read aside, with where they stood and what is wrong with them. Those that `votes.dlq`
 * does not take either are logged and left at that: they must not hold up those behind them.
 * @throws {UnavailableError} when Kafka does not take them for now */
export async function moveToDeadLetters(
  producer: SettlingProducer,
  unreadable: UnreadableRecord[],
): Promise<void> {
  if (unreadable.length === 0) return;
  log.error('Records of votes are set aside.', {
    records: unreadable.length,
    first: unreadable.slice(0, MAX_NAMED).map(named),
  });
  const refused = await produce(producer, unreadable, deadlineIn(PRODUCE_PATIENCE_MS));
  // One may have been refused and the others with it.
  const deadline = deadlineIn(SINGLY_MS);
  const left: UnreadableRecord[] = [];
  for (const one of refused) {
    if (monotonicMs() < deadline) left.push(...(await produce(producer, [one], deadline)));
    else left.push(one);
  }
  if (left.length === 0) return;
  log.error('Records of votes are passed over: they cannot be set aside.', {
    records: left.length,
    first: left.slice(0, MAX_NAMED).map(named),
  });
}

/** @returns those that Kafka will never take as they came */
async function produce(
  producer: SettlingProducer,
  unreadable: UnreadableRecord[],
  deadline: number,
): Promise<UnreadableRecord[]> {
  const letters = unreadable.map(({ record, reason }) => encodeDeadLetter(record, reason));
  const outcomes = await producer.settle(topics.deadLetters, letters, deadline);
  return unreadable.filter((_, at) => {
    const outcome = outcomes[at];
    if (outcome instanceof Error && !isHopeless(outcome)) throw outcome;
    return outcome instanceof Error;
  });
}

const named = ({ record, reason }: UnreadableRecord) => ({
  partition: record.partition,
  offset: record.offset,
  reason,
});

/** Some 10 MB. */
const MAX_KNOWN = 100_000;

export const NEVER_HERE = 'Its poll was never in this database.';

/** The records of a batch whose poll was never in this database.
 * @param pollIds of all polls in the batch, 32 hex digits each */
export type FindStrays = (
  sql: AnySql,
  records: MSKRecord[],
  pollIds: string[],
) => Promise<UnreadableRecord[]>;

/**
 * Finds ballots of polls that were never in this database: of another system on the same topics, or of a database that
 * was put back to an earlier state. They are no rejections: somebody may still count them.
 *
 * A poll that was here once was here for ever, also when it is deleted, so Postgres is asked once for each.
 *
 * @param lookUp asks which of these polls were never here
 * @returns a function that is given the records of a batch and the ids of all polls in it, 32 hex digits each
 */
export function strayFinder(lookUp: (sql: AnySql, pollIds: string[]) => Promise<string[]>): FindStrays {
  const known = new Set<string>();

  async function findUnknown(sql: AnySql, pollIds: string[]): Promise<Set<string>> {
    const asked = pollIds.filter((id) => !known.has(id));
    if (asked.length === 0) return new Set();
    const unknown = new Set(await lookUp(sql, asked));
    if (known.size + asked.length > MAX_KNOWN) known.clear();
    for (const id of asked) if (!unknown.has(id)) known.add(id);
    return unknown;
  }

  return async (sql, records, pollIds) => {
    const unknown = await findUnknown(sql, pollIds);
    if (unknown.size === 0) return [];
    const isStray = (record: MSKRecord) =>
      readBallots([record]).ballots.some(({ pollId }) => unknown.has(pollId));
    return records.filter(isStray).map((record) => ({ record, reason: NEVER_HERE }));
  };
}
