import type { Poll, PollOption } from './poll.ts';

export interface OptionResult extends PollOption {
  /** From 0 to 1, to 0.01 %; null if hidden. Shares of multiple-choice polls add up to more than 1. */
  share: number | null;
}

export interface Results
  extends Pick<Poll, 'question' | 'status' | 'is_final' | 'closed_at' | 'total_votes' | 'version'> {
  poll_id: string;
  options: OptionResult[];
}

export interface AnonymousBallot {
  option_ids: string[];
  /** ISO 8601, to the minute. */
  voted_at: string;
}

export interface BallotPage {
  /** Null if results are hidden. */
  ballots: AnonymousBallot[] | null;
  /** Null on the last page. */
  next_cursor: string | null;
}

const DECIMALS = 10_000;

function share(votes: number | null, total: number | null): number | null {
  if (votes === null || total === null) return null;
  return total === 0 ? 0 : Math.round((votes / total) * DECIMALS) / DECIMALS;
}

/** @param poll as the reader may see it */
export function pollResults(poll: Poll): Results {
  const { id, question, status, is_final, closed_at, total_votes, version } = poll;
  const options = poll.options.map((option) => ({ ...option, share: share(option.vote_count, total_votes) }));
  return { poll_id: id, question, status, is_final, closed_at, total_votes, version, options };
}
