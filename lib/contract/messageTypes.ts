import type { BoardEntry } from '../domain/leaderboard.ts';
import type { Poll, ResultsVisibility } from '../domain/poll.ts';
import type { RejectionReason } from '../domain/voteStatus.ts';
import type { ErrorCode } from '../errors.ts';

interface Reply {
  /** The `request_id` of the client's frame, if it had one. */
  request_id?: string;
}

export interface LeaderboardInit extends Reply {
  type: 'LEADERBOARD_INIT';
  data: BoardEntry[];
  version: number;
  timestamp: string;
}

export interface LeaderboardUpdate {
  type: 'LEADERBOARD_UPDATE';
  base_version: number;
  version: number;
  changed: BoardEntry[];
  /** Ids of options that dropped off the board. */
  left: string[];
  timestamp: string;
}

/** Where and how often to read a poll that has too many viewers to post updates to. */
export interface Follow {
  url: string;
  /** Milliseconds; with some jitter, so that a crowd does not read in step. */
  every_ms: number;
}

export interface PollInit extends Reply {
  type: 'POLL_INIT';
  poll: Poll;
  viewers: number;
  /** Present while no updates come: the client reads the poll instead. */
  follow?: Follow;
  /** The server's clock, ISO 8601. */
  timestamp: string;
}

export interface PollUpdate {
  type: 'POLL_UPDATE';
  poll_id: string;
  /** Null, like the counts, if results are hidden; then only `viewers` changes. */
  version: number | null;
  total_votes: number | null;
  vote_counts: number[] | null;
  viewers: number;
}

export interface PollClosed {
  type: 'POLL_CLOSED';
  poll_id: string;
  version: number | null;
  is_final: boolean;
  closed_at: string;
  total_votes: number | null;
  vote_counts: number[] | null;
}

export interface PollDeleted {
  type: 'POLL_DELETED';
  poll_id: string;
}

export interface VoteStatusMessage extends Reply {
  type: 'VOTE_STATUS';
  status: 'accepted' | 'counted' | 'rejected';
  receipt: string;
  poll_id: string;
  reason?: RejectionReason;
}

export interface ServerError extends Reply {
  type: 'ERROR';
  code: ErrorCode;
  detail: string;
}

export interface Reconnect {
  type: 'RECONNECT';
  /** Milliseconds until the client should open a new connection. */
  after_ms: number;
}

export type ServerMessage =
  | LeaderboardInit
  | LeaderboardUpdate
  | PollInit
  | PollUpdate
  | PollClosed
  | PollDeleted
  | VoteStatusMessage
  | ServerError
  | Reconnect
  | (Reply & { type: 'UNSUBSCRIBED'; poll_id: string })
  | (Reply & { type: 'PONG' });

export interface CreatePollRequest {
  question: string;
  options: string[];
  /** ISO 8601; exactly one of `expired_at` and `expires_in` must be given. */
  expired_at?: string;
  /** Seconds from now, or from the opening if that is ahead. */
  expires_in?: number;
  opens_at?: string;
  max_choices?: number;
  allow_change?: boolean;
  results_visibility?: ResultsVisibility;
  /** False keeps the poll out of lists, searches and the leaderboard. */
  listed?: boolean;
  /** An https URL that receives the final results. */
  webhook_url?: string;
}

/** Includes secrets that are returned only once. */
export type CreatedPoll = Poll & {
  admin_token: string;
  /** Verifies webhooks. */
  webhook_secret?: string;
};

/** An owner's changes, applied all or none. */
export interface UpdatePollRequest {
  /** Closes voting now; excludes the other times. */
  closed?: true;
  /** ISO 8601, in the future: moves the end, and reopens a closed poll; excludes `expires_in`. */
  expired_at?: string;
  /** Seconds from now, or from the opening if that is ahead. */
  expires_in?: number;
  /** ISO 8601: moves an opening that is still ahead; now or earlier opens the poll now. */
  opens_at?: string;
  /** Texts can change only before the first vote. */
  question?: string;
  options?: string[];
  listed?: boolean;
}

/** A user id, or a token where votes need one. */
export type Voter = string | { token: string };

export type Choice = { option_id: string } | { option_ids: string[] };

export interface CastVoteResponse {
  status: 'accepted' | 'counted';
  receipt: string;
  poll_id: string;
}

export interface VoteStatusResponse {
  status: 'accepted' | 'counted' | 'replaced' | 'rejected';
  poll_id: string;
  reason?: RejectionReason;
}
