import { deadlineIn, elapsedMs, type Moment, monotonicMs, presentMoment, wallClockMs } from '../clock.ts';
import { toMillis } from '../domain/units.ts';
import { type RejectionReason, type VoteStatus, voteStatus } from '../domain/voteStatus.ts';
import { type Meter, type MetricName, meter } from '../metrics.ts';
import { outages } from '../outages.ts';
import type { Database } from '../sql/database.ts';
import { findNotStanding, findVoteFacts } from '../sql/voteFacts.ts';
import type { LoggedBallot } from './readBallots.ts';

/** A counted batch of one partition. */
export interface CountedBatch {
  /** The batch's ballots, without those that were set aside. */
  ballots: LoggedBallot[];
  /** How many became a vote, or changed one; undefined if the batch was counted before. */
  counted: number | undefined;
}

const REJECTED: Record<RejectionReason, MetricName> = {
  already_voted: 'RejectedAlreadyVoted',
  poll_closed: 'RejectedPollClosed',
  poll_not_open: 'RejectedPollNotOpen',
  poll_changed: 'RejectedPollChanged',
  poll_deleted: 'RejectedPollDeleted',
};

/** The time limit for all batches of an invocation, which usually take tens of milliseconds. The next batches wait. */
const TIMEOUT_MS = 2_000;
/** After a failure nothing is looked up: a slow database is busy enough with counting, and a time-out costs the
 * connection. */
export const PAUSE_MS = 10_000;

/** Adds the outcomes of counted batches to the metrics. Only a batch with a ballot that was rejected, or replaced within
 * the batch, costs a query, and a repeated batch adds nothing. Never rejects: a failure to measure does not affect counting. */
export type MeasureTally = (batches: CountedBatch[]) => Promise<void>;

export function createMeasureTally(database: Database, findMeter: () => Meter = meter): MeasureTally {
  let failedAt: Moment | undefined;

  /** @returns undefined if the database is too slow */
  async function tryToLookUp(ballots: LoggedBallot[], deadline: number): Promise<Others | undefined> {
    const leftMs = deadline - monotonicMs();
    const isPausing = failedAt && elapsedMs(failedAt) < PAUSE_MS;
    if (isPausing || leftMs <= 0) return undefined;
    try {
      return await outages.watch('Measuring votes', () => lookUpOthers(database, ballots, leftMs));
    } catch {
      failedAt = presentMoment();
      return undefined;
    }
  }

  return async (batches) => {
    const own = findMeter();
    if (!own.isOn) return;
    const deadline = deadlineIn(TIMEOUT_MS);
    for (const { ballots, counted } of batches) {
      if (counted === undefined) continue;
      const now = wallClockMs();
      const isAll = counted === ballots.length;
      const others = isAll ? new Map() : await tryToLookUp(ballots, deadline);
      if (counted > 0) own.count('VotesCounted', counted);
      if (!others) own.count('RejectedUnknown', ballots.length - counted);
      measure(own, ballots, others ?? new Map(), now);
    }
  };
}

/** The ballots that are not their voter's standing one, by their places in the batch. */
type Others = Map<number, VoteStatus>;

/** @param now milliseconds since 1970, when the ballots were counted */
function measure(own: Meter, ballots: LoggedBallot[], others: Others, now: number): void {
  for (const status of others.values()) {
    if (status.status === 'rejected') own.count(REJECTED[status.reason]);
    // Of two ballots of a voter in one batch, only the later one became a row, but both counted.
    if (status.status === 'replaced') own.count('VotesCounted');
  }
  // Clocks differ by milliseconds.
  const lagOf = ({ acceptedAt }: LoggedBallot) => Math.max(0, now - toMillis(acceptedAt));
  const standing = others.size === 0 ? ballots : ballots.filter((_, at) => !others.has(at));
  own.sample('TallyLag', standing.map(lagOf));
}

async function lookUpOthers(database: Database, ballots: LoggedBallot[], timeoutMs: number): Promise<Others> {
  return database.run(async (sql) => {
    const places = await findNotStanding(sql, ballots);
    const others = places.flatMap((at) => ballots[at] ?? []);
    const facts = others.length === 0 ? [] : await findVoteFacts(sql, others);
    return new Map(
      others.flatMap((ballot, index) => {
        const [at, known] = [places[index], facts[index]];
        if (at === undefined || !known) return [];
        return [[at, voteStatus({ ...ballot, isWithdrawal: ballot.choices === 0 }, known)]];
      }),
    );
  }, timeoutMs);
}
