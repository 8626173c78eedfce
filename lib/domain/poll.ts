/** A poll as the interface shows it. Times are ISO 8601 in UTC, ids UUIDs in their dashed form. */
export interface Poll {
  id: string;
  question: string;
  status: PollStatus;
  options: PollOption[];
  /** Ballots; null where results are hidden from the reader. */
  total_votes: number | null;
  max_choices: number;
  allow_change: boolean;
  results_visibility: ResultsVisibility;
  created_at: string;
  opens_at: string | null;
  expired_at: string;
  /** The end of voting, from then on. */
  closed_at: string | null;
  /** True once every vote accepted before the end is in. */
  is_final: boolean;
  /** Rises with every change of counts or state. */
  version: number | null;
}

export interface PollOption {
  option_id: string;
  option_text: string;
  position: number;
  vote_count: number | null;
}

export type ResultsVisibility = 'always' | 'after_vote' | 'after_close';
export type PollStatus = 'scheduled' | 'open' | 'closing' | 'closed';

/** A poll before anybody voted. Times are milliseconds since 1970, ids UUIDs with or without dashes. */
export interface NewPoll {
  id: string;
  question: string;
  options: { id: string; text: string }[];
  maxChoices: number;
  allowChange: boolean;
  resultsVisibility: ResultsVisibility;
  createdAt: number;
  /** Null where votes are taken at once. */
  opensAt: number | null;
  expiredAt: number;
  /** Where its final results are sent to. */
  webhookUrl: string | null;
}

/** Milliseconds since 1970; from `start` on, before `end`. A poll that opened with its creation has a start
 * of -Infinity: nobody can know its id earlier, and clocks of several machines differ. */
export interface VotingWindow {
  start: number;
  end: number;
}

/** Where a poll stands at `now`, by time alone: no schedule has to run for a poll to close. One that was closed
 * before it ever opened is closed; one whose reopening is still ahead is closed until then.
 * @param windows in order of time */
export function pollStatus(windows: VotingWindow[], isFinal: boolean, now: number): PollStatus {
  if (closedAt(windows, now) !== null) return isFinal ? 'closed' : 'closing';
  return windows.some(({ start }) => start <= now) ? 'open' : 'scheduled';
}

/** The end of voting, if it has come and votes are not taken again.
 * @param windows in order of time */
export function closedAt(windows: VotingWindow[], now: number): number | null {
  const last = windows.findLast(({ start, end }) => start <= now || end <= now);
  return last && last.end <= now ? last.end : null;
}

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
