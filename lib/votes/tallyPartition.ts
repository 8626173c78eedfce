import type { MSKRecord } from 'aws-lambda';
import type { SettlingProducer } from '../kafka/producer.ts';
import type { Seen } from '../kafka/seen.ts';
import { outages } from '../outages.ts';
import type { Database } from '../sql/database.ts';
import { type RepeatHistory, tallyBallots } from '../sql/tallyBallots.ts';
import { type FindStrays, moveToDeadLetters } from './deadLetters.ts';
import type { CountedBatch } from './measureTally.ts';
import type { WaitingVote } from './notifyVoters.ts';
import type { ReadBatch } from './readBallots.ts';

/** Hundreds of times a batch's usual duration. Without a timeout, a dead connection would hang for this
 * environment's lifetime: a function timeout keeps the environment, and the next batch would wait. */
const PATIENCE_MS = 10_000;

export interface TallyDeps {
  database: Database;
  producer: SettlingProducer;
  findStrays: FindStrays;
  /** The log position up to which voters were handed over for notification. */
  notified: Seen;
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
  const { database, producer, findStrays, notified, repeats } = deps;
  const { records, unreadable, waiting, ...batch } = votes;
  const { partition, end } = batch;
  const tally = async () => {
    const { pollIds, counted, strays } = await database.run(async (sql) => {
      const tallied = await tallyBallots(sql, batch, repeats);
      return { ...tallied, strays: await findStrays(sql, records, tallied.pollIds) };
    }, PATIENCE_MS);
    // After counting: while Postgres is unavailable the batch is replayed, and each replay would add a copy.
    await moveToDeadLetters(producer, [...unreadable, ...strays]);
    const unnotified = waiting.filter(({ vote }) => !notified.has(partition, vote));
    notified.note(partition, end);
    const setAside = new Set(strays.map(({ record }) => record.offset));
    const ballots = batch.ballots.filter(({ offset }) => !setAside.has(offset));
    return { pollIds, waiting: unnotified, ballots, counted };
  };
  return outages.watch('Counting votes', tally, partition);
}
