import type { LogPosition } from '../domain/voteStatus.ts';
import type { Ballot } from '../kafka/ballotRecord.ts';
import { toColumns } from './ballotColumns.ts';
import type { AnySql } from './client.ts';
import { countBallots } from './countBallots.ts';

/** Ballots of one partition of the log, in its order. */
export interface BallotBatch {
  partition: number;
  ballots: Ballot[];
  /** The last record that was looked at; it may hold no ballot. */
  end: LogPosition;
}

const UNIQUE_VIOLATION = '23505';

/** Where one voter comes twice, more will: a batch that fails costs another half. */
const CAREFUL_BATCHES = 100;
let carefulBatches = 0;

/**
 * Counts a batch. Each ballot is judged by the time of its acceptance; whoever has voted before is passed over, or
 * their ballot replaced by one accepted later where votes may change. A batch that comes again, cut anywhere, changes
 * nothing, and none changes results that are final.
 *
 * @returns ids of the polls in it, 32 hex digits, whether their counts moved or not
 */
export async function tallyBallots(sql: AnySql, { partition, ballots, end }: BallotBatch): Promise<string[]> {
  const columns = toColumns(ballots);
  const count = (isTrusting: boolean) => countBallots(sql, { partition, columns, end, isTrusting });
  const isTrusting = carefulBatches === 0 && !ballots.some(({ mayChange }) => mayChange);
  if (!(isTrusting && (await succeedsWithoutRepeats(count(true))))) {
    const passedOver = await count(false);
    carefulBatches = passedOver === 0 ? Math.max(0, carefulBatches - 1) : CAREFUL_BATCHES;
  }
  return columns.pollIds;
}

async function succeedsWithoutRepeats(counting: Promise<unknown>): Promise<boolean> {
  try {
    await counting;
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === UNIQUE_VIOLATION) return false;
    throw error;
  }
}
