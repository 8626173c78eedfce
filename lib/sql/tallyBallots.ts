import type { Ballot } from '../domain/ballot.ts';
import type { Mark } from '../domain/closing.ts';
import type { LogPosition } from '../domain/voteStatus.ts';
import { errorCode } from '../errors.ts';
import { log } from '../log.ts';
import type { AnySql } from './client.ts';
import { type Counted, countBallots, toColumns } from './countBallots.ts';
import { isUniqueViolation } from './faults.ts';

/** Ballots of one partition, in log order. */
export interface BallotBatch {
  partition: number;
  ballots: Ballot[];
  /** The last record that was read; it may contain no ballot. */
  end: LogPosition;
  /** The highest one in the batch. */
  mark?: Mark;
}

/** SQLSTATEs of concurrent changes to a poll. */
const CONCURRENT_CHANGES = new Map([
  ['23503', 'deleted'],
  ['23502', 'reworded'],
]);

/** A batch fails when a poll is deleted or reworded while counting; the retry judges by what is there now. More
 * such changes in a row, milliseconds apart, are unlikely. */
const MAX_TRIES = 5;

/** One repeat voter predicts more. A failed optimistic batch costs half as much again. */
const CAREFUL_BATCHES = 100;

/** Per partition: how many batches still to count without assuming that nobody repeats. */
export type RepeatHistory = Map<number, number>;

export interface TalliedBallots {
  /** The ids of all polls in the batch, 32 hex digits each. */
  pollIds: string[];
  /** How many ballots counted; undefined if the partition was already counted up to here. */
  counted: number | undefined;
}

/** Counts a batch. Each ballot is judged by its acceptance time. A repeat vote is rejected, or replaces an
 * earlier one where votes may change. Replaying a batch, cut anywhere, changes nothing, and final results
 * never change.
 * @param repeats learned from earlier batches of this process */
export async function tallyBallots(
  sql: AnySql,
  batch: BallotBatch,
  repeats: RepeatHistory = new Map(),
): Promise<TalliedBallots> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await tallyOnce(sql, batch, repeats);
    } catch (error) {
      const happened = CONCURRENT_CHANGES.get(errorCode(error) ?? '');
      if (!happened || tries === MAX_TRIES) throw error;
      log.info(`A poll was ${happened} while its votes were counted; counting the batch again.`);
    }
  }
}

async function tallyOnce(
  sql: AnySql,
  { ballots, ...batch }: BallotBatch,
  repeats: RepeatHistory,
): Promise<TalliedBallots> {
  const { partition } = batch;
  const carefulBatches = repeats.get(partition) ?? 0;
  const columns = toColumns(ballots);
  const pollIds = [...new Set(columns.pollIds)];
  const count = (assumesNoRepeat: boolean) => countBallots(sql, { ...batch, columns, assumesNoRepeat });
  const assumesNoRepeat = carefulBatches === 0 && !ballots.some(({ mayChange }) => mayChange);
  const hopeful = assumesNoRepeat ? await withoutRepeats(count(true)) : 'repeats';
  if (hopeful !== 'repeats') return { pollIds, counted: hopeful?.counted };
  const careful = await count(false);
  repeats.set(partition, careful?.passedOver === 0 ? Math.max(0, carefulBatches - 1) : CAREFUL_BATCHES);
  return { pollIds, counted: careful?.counted };
}

async function withoutRepeats(
  counting: Promise<Counted | undefined>,
): Promise<Counted | undefined | 'repeats'> {
  try {
    return await counting;
  } catch (error) {
    if (isUniqueViolation(error)) return 'repeats';
    throw error;
  }
}
