import type { MSKRecord } from 'aws-lambda';
import type { SettlingProducer } from '../kafka/producer.ts';
import type { Seen } from '../kafka/seen.ts';
import { outages } from '../outages.ts';
import type { Database } from '../sql/database.ts';
import { type RepeatHistory, tallyBallots } from '../sql/tallyBallots.ts';
import { type FindStrays, moveToDeadLetters } from './deadLetters.ts';
import type { WaitingVote } from './notifyVoters.ts';
import type { ReadBatch } from './readBallots.ts';

/** Hundreds of times what a batch takes. Without a bound, a connection that leads nowhere would hang here for as
 * long as this environment lives: a function that fails by its timeout keeps it, and the next batch waits behind. */
const PATIENCE_MS = 10_000;

export interface TallyDeps {
  database: Database;
  producer: SettlingProducer;
  findStrays: FindStrays;
  /** Up to where voters have been handed over to be notified. */
  notified: Seen;
  repeats: RepeatHistory;
}

/** The records of a partition, and what was read of them. */
export interface VotesBatch extends ReadBatch {
  records: MSKRecord[];
}

export interface Tallied {
  /** The polls in the batch, 32 hex digits each, whether their counts moved or not. */
  pollIds: string[];
  /** Those who wait for the outcome of a vote and are not being notified already. */
  waiting: WaitingVote[];
}

/** Counts a partition's batch. What cannot be read, and what belongs to no poll of ours, goes to the dead letters.
 * @throws {UnavailableError} when Postgres or Kafka is away: the batch has to come again, and counts once */
export async function tallyPartition(deps: TallyDeps, votes: VotesBatch): Promise<Tallied> {
  const { database, producer, findStrays, notified, repeats } = deps;
  const { records, unreadable, waiting, ...batch } = votes;
  const { partition, end } = batch;
  const tally = async () => {
    const { pollIds, strays } = await database.run(async (sql) => {
      const pollIds = await tallyBallots(sql, batch, repeats);
      return { pollIds, strays: await findStrays(sql, records, pollIds) };
    }, PATIENCE_MS);
    // After counting: while Postgres is away the batch comes again and again, and would leave a copy each time.
    await moveToDeadLetters(producer, [...unreadable, ...strays]);
    const unnotified = waiting.filter(({ vote }) => !notified.has(partition, vote));
    notified.note(partition, end);
    return { pollIds, waiting: unnotified };
  };
  return outages.watch('Counting votes', tally, partition);
}
