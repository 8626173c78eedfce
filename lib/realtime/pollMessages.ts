import type { PollClosed, PollDeleted, PollInit, PollUpdate } from '../client/messages.ts';
import type { Poll } from '../domain/poll.ts';

/** The counts of a poll as its reader may see it: null where they are hidden. */
function counts({
  version,
  total_votes,
  options,
}: Poll): Pick<PollUpdate, 'version' | 'total_votes' | 'vote_counts'> {
  const shown = options.flatMap(({ vote_count }) => (vote_count === null ? [] : [vote_count]));
  return { version, total_votes, vote_counts: total_votes === null ? null : shown };
}

/** The whole poll. */
export function pollInit(poll: Poll, viewers: number): PollInit {
  return { type: 'POLL_INIT', poll, viewers };
}

/** What changes from vote to vote. */
export function pollUpdate(poll: Poll, viewers: number): PollUpdate {
  return { type: 'POLL_UPDATE', poll_id: poll.id, ...counts(poll), viewers };
}

/** The end of voting, or its final result. */
export function pollClosed(poll: Poll, closedAt: string): PollClosed {
  const { id, is_final } = poll;
  return { type: 'POLL_CLOSED', poll_id: id, ...counts(poll), is_final, closed_at: closedAt };
}

export function pollDeleted(pollId: string): PollDeleted {
  return { type: 'POLL_DELETED', poll_id: pollId };
}
