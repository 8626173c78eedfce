import { whenVotesAreTaken } from './ballot.ts';
import { isAppendedInTime } from './closing.ts';
import type { VotingWindow } from './poll.ts';

/** A place in the log of `votes`. Offsets alone do not order: a rebuilt broker starts them at 0 again. */
export interface LogPosition {
  /** Milliseconds since 1970, by Kafka's clock. */
  appendTime: number;
  offset: number;
}

/** A ballot as its receipt names it; `acceptedAt` in microseconds since 1970. */
export interface ReceivedBallot extends LogPosition {
  acceptedAt: number;
}

/** What is known of a vote, all of it from one moment. */
export interface VoteFacts {
  /** Null when the poll is gone. */
  poll: { windows: VotingWindow[]; allowChange: boolean; isFinal: boolean } | null;
  /** The ballot of this voter that stands in this poll. */
  standing: { acceptedAt: number } | null;
  /** How far the partition that holds the ballot has been counted. */
  progress: LogPosition | null;
}

export type RejectionReason = 'already_voted' | 'poll_closed' | 'poll_not_open' | 'poll_deleted';

export type VoteStatus =
  | { status: 'accepted' }
  | { status: 'counted' }
  /** It counted until a later ballot of the same voter took its place. */
  | { status: 'replaced' }
  | { status: 'rejected'; reason: RejectionReason };

const TOO_LATE = { status: 'rejected', reason: 'poll_closed' } as const;

/** What became of a ballot. Nothing is stored of a rejection: it follows from what is. */
export function voteStatus(ballot: ReceivedBallot, { poll, standing, progress }: VoteFacts): VoteStatus {
  if (!poll) return { status: 'rejected', reason: 'poll_deleted' };
  if (standing?.acceptedAt === ballot.acceptedAt) return { status: 'counted' };
  if (!progress || isLater(ballot, progress)) return { status: 'accepted' };
  const time = whenVotesAreTaken(poll.windows, ballot.acceptedAt / 1_000);
  if (time !== 'open') return { status: 'rejected', reason: time };
  if (!isAppendedInTime(ballot.acceptedAt, ballot.appendTime)) return TOO_LATE;
  if (standing && !poll.allowChange) return { status: 'rejected', reason: 'already_voted' };
  if (standing && standing.acceptedAt > ballot.acceptedAt) return { status: 'replaced' };
  // Counted past it, in time, and yet there is none, or an earlier one: it was set aside and may be sent again, the
  // log has lost it, or a clock went back. Final results wait for none of these.
  return poll.isFinal ? TOO_LATE : { status: 'accepted' };
}

/** Whether `a` stands behind `b` in the log. */
function isLater(a: LogPosition, b: LogPosition): boolean {
  return a.appendTime > b.appendTime || (a.appendTime === b.appendTime && a.offset > b.offset);
}
