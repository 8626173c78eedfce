import { type NewPoll, type Poll, pollStatus } from './poll.ts';

/** The version of a poll that has just been made; each change of counts or state adds one. */
const FIRST_VERSION = 1;

/** A poll as it looks before anybody has voted: what reading it back would give, at no cost.
 * @param now milliseconds since 1970 */
export function pollWithoutVotes(poll: NewPoll, now: number): Poll {
  const window = { start: poll.opensAt ?? Number.NEGATIVE_INFINITY, end: poll.expiredAt };
  return {
    id: poll.id,
    question: poll.question,
    status: pollStatus([window], false, now),
    options: poll.options.map(({ id, text }, position) => ({
      option_id: id,
      option_text: text,
      position,
      vote_count: 0,
    })),
    total_votes: 0,
    max_choices: poll.maxChoices,
    allow_change: poll.allowChange,
    results_visibility: poll.resultsVisibility,
    created_at: new Date(poll.createdAt).toISOString(),
    opens_at: poll.opensAt === null ? null : new Date(poll.opensAt).toISOString(),
    expired_at: new Date(poll.expiredAt).toISOString(),
    closed_at: null,
    is_final: false,
    version: FIRST_VERSION,
  };
}
