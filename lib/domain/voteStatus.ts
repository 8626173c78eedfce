import { whenVotesAreTaken } from './ballot.ts';
import { isAppendedInTime } from './closing.ts';
import type { VotingWindow } from './poll.ts';
import { type Micros, type Millis, toMillis } from './units.ts';
import { isForTheseWords, type Wording } from './wording.ts';

/** A place in the log of `votes`. Offsets alone are not ordered: a rebuilt broker restarts them at 0. */
export interface LogPosition {
  /** By Kafka's clock. */
  appendTime: Millis;
  offset: number;
}

/** A ballot as its receipt identifies it. */
export interface ReceivedBallot extends LogPosition {
  acceptedAt: Micros;
  wording: number;
  isWithdrawal: boolean;
}

/** The facts about a vote, from one snapshot. */
export interface VoteFacts {
  /** Null if the poll was deleted. */
  poll: ({ windows: VotingWindow[]; allowChange: boolean; isFinal: boolean } & Wording) | null;
  /** This voter's counted ballot in this poll. */
  standing: { acceptedAt: Micros } | null;
  progress: LogPosition | null;
}

/** Each is an error code, too. */
export const REJECTION_REASONS = [
  'already_voted',
  'poll_closed',
  'poll_not_open',
  'poll_changed',
  'poll_deleted',
] as const;

export type RejectionReason = (typeof REJECTION_REASONS)[number];

export type VoteStatus =
  | { status: 'accepted' }
  | { status: 'counted' }
  /** It counted until a later ballot of the same voter replaced it. */
  | { status: 'replaced' }
  | { status: 'rejected'; reason: RejectionReason };

const TOO_LATE = { status: 'rejected', reason: 'poll_closed' } as const;

/** Derives a ballot's status. Rejections are not stored; they follow from the other facts. */
export function voteStatus(ballot: ReceivedBallot, { poll, standing, progress }: VoteFacts): VoteStatus {
  if (!poll) return { status: 'rejected', reason: 'poll_deleted' };
  if (standing?.acceptedAt === ballot.acceptedAt) return { status: 'counted' };
  if (!progress || isLater(ballot, progress)) return { status: 'accepted' };
  const time = whenVotesAreTaken(poll.windows, toMillis(ballot.acceptedAt));
  if (time !== 'open') return { status: 'rejected', reason: time };
  if (!isAppendedInTime(ballot.acceptedAt, ballot.appendTime)) return TOO_LATE;
  if (!isForTheseWords(ballot, poll)) return { status: 'rejected', reason: 'poll_changed' };
  if (standing && !poll.allowChange) return { status: 'rejected', reason: 'already_voted' };
  if (standing && standing.acceptedAt > ballot.acceptedAt) return { status: 'replaced' };
  // In time and counted past it, but no ballot or an earlier one stands: it is in the dead letters and may be
  // redriven, the log lost it, or a clock went back. Final results wait for none of these.
  return poll.isFinal ? TOO_LATE : { status: 'accepted' };
}

function isLater(a: LogPosition, b: LogPosition): boolean {
  return a.appendTime > b.appendTime || (a.appendTime === b.appendTime && a.offset > b.offset);
}
