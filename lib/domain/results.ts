import type { Poll, PollOption } from './poll.ts';

/** An option with its part of the ballots. Where a ballot holds several choices, the shares of all options add up
 * to more than 1. */
export interface OptionResult extends PollOption {
  /** From 0 to 1, to the hundredth of a percent; null where results are hidden. */
  share: number | null;
}

/** What a poll has come to, for who takes it elsewhere. */
export interface Results
  extends Pick<Poll, 'question' | 'status' | 'is_final' | 'closed_at' | 'total_votes' | 'version'> {
  poll_id: string;
  options: OptionResult[];
}

/** A ballot as the poll's owner may see it. */
export interface AnonymousBallot {
  option_ids: string[];
  /** ISO 8601, to the minute. */
  voted_at: string;
}

/** Some of a poll's ballots, in no order that says anything. */
export interface BallotPage {
  /** Null where results are hidden. */
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
