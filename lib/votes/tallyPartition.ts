import type { MSKRecord } from 'aws-lambda';
import { positionOf } from '../kafka/partitionBatches.ts';
import type { SettlingProducer } from '../kafka/producer.ts';
import type { Seen } from '../kafka/seen.ts';
import { outages } from '../outages.ts';
import type { Database } from '../sql/database.ts';
import { type RepeatHistory, tallyBallots } from '../sql/tallyBallots.ts';
import { type FindUnknownPollRecords, moveToDeadLetters } from './deadLetters.ts';
import type { CountedBatch } from './measureTally.ts';
import type { WaitingVote } from './notifyVoters.ts';
import type { ReadBatch, UncountableRecord } from './readBallots.ts';

/** Hundreds of times a batch's usual duration. Without a timeout, a dead connection would hang for this
 * environment's lifetime: a function timeout keeps the environment, and the next batch would wait. */
const TIMEOUT_MS = 10_000;

export interface TallyDeps {
  database: Database;
  producer: SettlingProducer;
  findUnknownPollRecords: FindUnknownPollRecords;
  /** The log position up to which voters were handed over for notification. */
  notified: Seen;
  /** The log position up to which records were moved to the dead letters. */
  setAside: Seen;
  repeats: RepeatHistory;
}

export interface VotesBatch extends ReadBatch {
  records: MSKRecord[];
}

export interface Tallied extends CountedBatch {
  /** Ids of all polls in the batch, 32 hex digits each. */
  pollIds: string[];
  /** Voters who wait for the outcome and are not being notified yet. */
  waiting: WaitingVote[];
}

/** Counts a partition's batch. Unreadable records and ballots of unknown polls go to the dead letters.
 * @throws {UnavailableError} when Postgres or Kafka is unavailable; replaying the batch is idempotent */
export async function tallyPartition(deps: TallyDeps, votes: VotesBatch): Promise<Tallied> {
  const { database, producer, findUnknownPollRecords, notified, setAside, repeats } = deps;
  const { records, unreadable, waiting, ...batch } = votes;
  const { partition, end } = batch;
  const tally = async () => {
    const { pollIds, counted, ofUnknownPolls } = await database.run(async (sql) => {
      const tallied = await tallyBallots(sql, batch, repeats);
      return { ...tallied, ofUnknownPolls: await findUnknownPollRecords(sql, records, tallied.pollIds) };
    }, TIMEOUT_MS);
    // After counting, and once: a batch is replayed while Postgres is unavailable, or for the sake of another partition
    // of its invocation, and each replay would add a copy.
    const isNew = ({ record }: UncountableRecord) => !setAside.has(partition, positionOf(record));
    const noteMoved = (record: MSKRecord) => setAside.noteOne(partition, positionOf(record));
    await moveToDeadLetters(producer, [...unreadable, ...ofUnknownPolls].filter(isNew), noteMoved);
    setAside.note(partition, end);
    const unnotified = waiting.filter(({ vote }) => !notified.has(partition, vote));
    notified.note(partition, end);
    const notCounted = new Set(ofUnknownPolls.map(({ record }) => record.offset));
    const ballots = batch.ballots.filter(({ offset }) => !notCounted.has(offset));
    return { pollIds, waiting: unnotified, ballots, counted };
  };
  return outages.watch('Counting votes', tally, partition);
}
