import type { BoardEntry } from '../domain/leaderboard.ts';
import type { Poll } from '../domain/poll.ts';
import type { ErrorCode } from '../errors.ts';

export type VoteReason = 'already_voted' | 'poll_closed' | 'poll_not_open' | 'poll_deleted';

interface Reply {
  /** What the client gave with its request, if it gave one. */
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
  /** Option ids that dropped off the board. */
  left: string[];
  timestamp: string;
}

export interface PollInit extends Reply {
  type: 'POLL_INIT';
  poll: Poll;
  viewers: number;
}

export interface PollUpdate {
  type: 'POLL_UPDATE';
  poll_id: string;
  /** Null, as the counts, where the results are hidden: then only `viewers` tells anything. */
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

export interface VoteStatus extends Reply {
  type: 'VOTE_STATUS';
  status: 'accepted' | 'counted' | 'rejected';
  receipt: string;
  poll_id: string;
  reason?: VoteReason;
}

export interface ServerError extends Reply {
  type: 'ERROR';
  code: ErrorCode;
  detail: string;
}

export interface Reconnect {
  type: 'RECONNECT';
  /** Milliseconds until this connection should be replaced by a new one. */
  after_ms: number;
}

export type ServerMessage =
  | LeaderboardInit
  | LeaderboardUpdate
  | PollInit
  | PollUpdate
  | PollClosed
  | PollDeleted
  | VoteStatus
  | ServerError
  | Reconnect
  | (Reply & { type: 'UNSUBSCRIBED'; poll_id: string })
  | (Reply & { type: 'PONG' });
