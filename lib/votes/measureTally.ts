import { wallClockMs } from '../clock.ts';
import { toMillis } from '../domain/units.ts';
import { type RejectionReason, type VoteStatus, voteStatus } from '../domain/voteStatus.ts';
import { type MetricName, meter } from '../metrics.ts';
import { outages } from '../outages.ts';
import type { Database } from '../sql/database.ts';
import { findNotStanding, findVoteFacts } from '../sql/voteFacts.ts';
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
  // By their places, the ballots of which another one, or none, stands.
  const others =
    counted === ballots.length ? new Map<number, VoteStatus>() : await lookUpOthers(database, ballots);
  for (const status of others.values()) {
    if (status.status === 'rejected') meter().count(REJECTED[status.reason]);
    // Of two ballots of a voter in one batch, only the later one became a row, but both counted.
    if (status.status === 'replaced') meter().count('VotesCounted');
  }
  const standing = others.size === 0 ? ballots : ballots.filter((_, at) => !others.has(at));
  meter().sample('TallyLag', standing.map(lagOf));
}

async function lookUpOthers(database: Database, ballots: LoggedBallot[]): Promise<Map<number, VoteStatus>> {
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
  }, PATIENCE_MS);
}
