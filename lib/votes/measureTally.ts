import { wallClockMs } from '../clock.ts';
import { toMillis } from '../domain/units.ts';
import { type RejectionReason, type VoteStatus, voteStatus } from '../domain/voteStatus.ts';
import { type MetricName, meter } from '../metrics.ts';
import { outages } from '../outages.ts';
import type { Database } from '../sql/database.ts';
import { findVoteFacts } from '../sql/voteFacts.ts';
import type { LoggedBallot } from './readBallots.ts';

/** A counted batch of one partition. */
export interface CountedBatch {
  /** Without those that were set aside. */
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

/** Usually tens of milliseconds. The next batch waits for it. */
const PATIENCE_MS = 2_000;

/** Adds the outcomes of counted batches to the metrics. Only a batch with a rejected ballot costs a query, and a
 * repeated batch adds nothing. Never rejects: what cannot be measured is counted nevertheless. */
export async function measureTally(database: Database, batches: CountedBatch[]): Promise<void> {
  if (!meter().isOn) return;
  for (const batch of batches) {
    await measure(database, batch).catch((error) => outages.fault('Measuring votes', error));
  }
}

async function measure(database: Database, { ballots, counted }: CountedBatch): Promise<void> {
  if (counted === undefined) return;
  const now = wallClockMs();
  // Clocks differ by milliseconds.
  const lagOf = ({ acceptedAt }: LoggedBallot) => Math.max(0, now - toMillis(acceptedAt));
  // First, because looking up can fail.
  if (counted > 0) meter().count('VotesCounted', counted);
  const statuses = counted === ballots.length ? undefined : await lookUp(database, ballots);
  for (const status of statuses ?? []) {
    if (status.status === 'rejected') meter().count(REJECTED[status.reason]);
    // Of two ballots of a voter in one batch, only the later one became a row, but both counted.
    if (status.status === 'replaced') meter().count('VotesCounted');
  }
  const measured = statuses ? ballots.filter((_, at) => statuses[at]?.status === 'counted') : ballots;
  meter().sample('TallyLag', measured.map(lagOf));
}

async function lookUp(database: Database, ballots: LoggedBallot[]): Promise<VoteStatus[]> {
  const facts = await database.run((sql) => findVoteFacts(sql, ballots), PATIENCE_MS);
  return ballots.flatMap((ballot, at) => {
    const known = facts[at];
    return known ? [voteStatus({ ...ballot, isWithdrawal: ballot.choices === 0 }, known)] : [];
  });
}
