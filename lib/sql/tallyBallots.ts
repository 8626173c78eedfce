import type { LogPosition } from '../domain/voteStatus.ts';
import { errorCode } from '../errors.ts';
import type { Ballot } from '../kafka/ballotRecord.ts';
import { log } from '../log.ts';
import type { AnySql } from './client.ts';
import { countBallots, toColumns } from './countBallots.ts';

/** Ballots of one partition of the log, in its order. */
export interface BallotBatch {
  partition: number;
  ballots: Ballot[];
  /** The last record that was looked at; it may hold no ballot. */
  end: LogPosition;
}

const UNIQUE_VIOLATION = '23505';
const FOREIGN_KEY_VIOLATION = '23503';

/** A poll that is deleted while its ballots are counted is no longer found by the next try. So many are not deleted
 * one after the other within some milliseconds each. */
const MAX_TRIES = 5;

/** Where one voter comes twice, more will: a batch that fails costs another half. */
const CAREFUL_BATCHES = 100;

/** Of each partition, how many batches are still to be counted with care. */
export type RepeatHistory = Map<number, number>;

/**
 * Counts a batch. Each ballot is judged by the time of its acceptance; whoever has voted before is passed over, or
 * their ballot replaced by one accepted later where votes may change. A batch that comes again, cut anywhere, changes
 * nothing, and none changes results that are final.
 *
 * @param repeats what earlier batches of this process taught
 * @returns ids of the polls in it, 32 hex digits, whether their counts moved or not
 */
export async function tallyBallots(
  sql: AnySql,
  batch: BallotBatch,
  repeats: RepeatHistory = new Map(),
): Promise<string[]> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await tallyOnce(sql, batch, repeats);
    } catch (error) {
      if (errorCode(error) !== FOREIGN_KEY_VIOLATION || tries === MAX_TRIES) throw error;
      log.info('A poll was deleted while its votes were counted; the batch is counted again.');
    }
  }
}

async function tallyOnce(
  sql: AnySql,
  { partition, ballots, end }: BallotBatch,
  repeats: RepeatHistory,
): Promise<string[]> {
  const carefulBatches = repeats.get(partition) ?? 0;
  const columns = toColumns(ballots);
  const count = (assumesNoRepeat: boolean) => countBallots(sql, { partition, columns, end, assumesNoRepeat });
  const assumesNoRepeat = carefulBatches === 0 && !ballots.some(({ mayChange }) => mayChange);
  if (!(assumesNoRepeat && (await succeedsWithoutRepeats(count(true))))) {
    const passedOver = await count(false);
    repeats.set(partition, passedOver === 0 ? Math.max(0, carefulBatches - 1) : CAREFUL_BATCHES);
  }
  return columns.pollIds;
}

async function succeedsWithoutRepeats(counting: Promise<unknown>): Promise<boolean> {
  try {
    await counting;
    return true;
  } catch (error) {
    if (errorCode(error) === UNIQUE_VIOLATION) return false;
    throw error;
  }
}
