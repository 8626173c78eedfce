import type { MSKRecord } from 'aws-lambda';
import { deadlineIn, monotonicMs } from '../clock.ts';
import { isPermanent } from '../errors.ts';
import { encodeDeadLetter } from '../kafka/deadLetter.ts';
import { PRODUCE_TIMEOUT_MS, type SettlingProducer } from '../kafka/producer.ts';
import { topics } from '../kafka/topics.ts';
import { log } from '../log.ts';
import { meter } from '../metrics.ts';
import type { AnySql } from '../sql/client.ts';
import { readBallots, type UncountableRecord } from './readBallots.ts';

/** Limits the log line. */
const MAX_NAMED = 5;

/** The time limit for records that are retried one by one; each usually takes milliseconds. */
const SINGLY_MS = 10_000;

/** Moves unreadable records to `votes.dlq`, with their place and the reason. Records that `votes.dlq` rejects
 * too are logged and skipped, so they do not block those behind them.
 * @param onMoved called for each record that `votes.dlq` has, also if others then fail
 * @throws {UnavailableError} when Kafka is unavailable */
export async function moveToDeadLetters(
  producer: SettlingProducer,
  unreadable: UncountableRecord[],
  onMoved: (record: MSKRecord) => void = () => {},
): Promise<void> {
  if (unreadable.length === 0) return;
  log.error('Moving vote records to the dead letters.', {
    records: unreadable.length,
    first: unreadable.slice(0, MAX_NAMED).map(named),
  });
  const move = (records: UncountableRecord[], by: number) => produce(producer, records, by, onMoved);
  const refused = await move(unreadable, deadlineIn(PRODUCE_TIMEOUT_MS));
  // One record may have failed the whole batch, so retry each alone.
  const deadline = deadlineIn(SINGLY_MS);
  const left: UncountableRecord[] = [];
  for (const one of refused) {
    if (monotonicMs() < deadline) left.push(...(await move([one], deadline)));
    else left.push(one);
  }
  if (left.length === 0) return;
  meter().count('DeadLetters', left.length);
  log.error('Vote records were skipped, because the dead-letter topic rejects them.', {
    records: left.length,
    first: left.slice(0, MAX_NAMED).map(named),
  });
}

/** @returns the records that Kafka rejects permanently */
async function produce(
  producer: SettlingProducer,
  unreadable: UncountableRecord[],
  deadline: number,
  onMoved: (record: MSKRecord) => void,
): Promise<UncountableRecord[]> {
  const letters = unreadable.map(({ record, reason }) => encodeDeadLetter(record, reason));
  const outcomes = await producer.settle(topics.deadLetters, letters, deadline);
  const failed = unreadable.filter((_, at) => outcomes[at] instanceof Error);
  meter().count('DeadLetters', unreadable.length - failed.length);
  for (const [at, { record }] of unreadable.entries()) if (!(outcomes[at] instanceof Error)) onMoved(record);
  const temporary = outcomes.find((outcome) => outcome instanceof Error && !isPermanent(outcome));
  if (temporary) throw temporary;
  return failed;
}

const named = ({ record, reason }: UncountableRecord) => ({
  partition: record.partition,
  offset: record.offset,
  reason,
});

/** The maximum number of known polls, about 10 MB. */
const MAX_KNOWN = 100_000;

export const UNKNOWN_POLL = 'The poll of this vote never existed in this database.';

/** Finds a batch's records whose poll never existed in this database.
 * @param pollIds of all polls in the batch, 32 hex digits each */
export type FindUnknownPollRecords = (
  sql: AnySql,
  records: MSKRecord[],
  pollIds: string[],
) => Promise<UncountableRecord[]>;

/** Finds ballots of polls that never existed in this database: those of another system on the same topics, or
 * of a database restored to an earlier state. They are not rejected, because another database may still count
 * them. Known polls are cached, also after deletion, so Postgres is asked once per poll.
 * @param lookUp returns the polls that never existed */
export function unknownPollRecordFinder(
  lookUp: (sql: AnySql, pollIds: string[]) => Promise<string[]>,
): FindUnknownPollRecords {
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
    const isOfUnknownPoll = (record: MSKRecord) =>
      readBallots([record]).ballots.some(({ pollId }) => unknown.has(pollId));
    return records.filter(isOfUnknownPoll).map((record) => ({ record, reason: UNKNOWN_POLL }));
  };
}
