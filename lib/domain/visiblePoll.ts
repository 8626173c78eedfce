import type { Poll } from './poll.ts';

function mayRead({ results_visibility, is_final }: Poll, hasVoted: boolean): boolean {
  if (results_visibility === 'after_vote') return hasVoted;
  return results_visibility === 'always' || is_final;
}

/** The poll as this reader may see it: without counts, and without the version that would betray when they
 * change, as long as the results are hidden.
 * @param hasVoted whether the reader showed the receipt of a vote in this poll that was counted */
export function visiblePoll(poll: Poll, hasVoted: boolean): Poll {
  if (mayRead(poll, hasVoted)) return poll;
  const options = poll.options.map((option) => ({ ...option, vote_count: null }));
  return { ...poll, options, total_votes: null, version: null };
}
