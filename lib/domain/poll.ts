/** A poll as the API returns it. Times are ISO 8601 in UTC; ids are UUIDs with dashes. */
export interface Poll {
  id: string;
  /** Names the poll for people, see `readCode`. */
  code: string;
  question: string;
  status: PollStatus;
  options: PollOption[];
  /** The number of ballots; null if results are hidden from the reader. */
  total_votes: number | null;
  max_choices: number;
  allow_change: boolean;
  results_visibility: ResultsVisibility;
  /** False: the poll is in no list, search or leaderboard. */
  listed: boolean;
  created_at: string;
  opens_at: string | null;
  expired_at: string;
  closed_at: string | null;
  /** True once every vote accepted before the end is counted. */
  is_final: boolean;
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

/** A newly created poll. Times are milliseconds since 1970; ids are UUIDs with or without dashes. */
export interface NewPoll {
  id: string;
  code: string;
  question: string;
  options: { id: string; text: string }[];
  maxChoices: number;
  allowChange: boolean;
  resultsVisibility: ResultsVisibility;
  isListed: boolean;
  createdAt: number;
  opensAt: number | null;
  expiredAt: number;
  webhookUrl: string | null;
}

/** Milliseconds since 1970, including `start`, excluding `end`. A poll that opens on creation starts at
 * -Infinity: nobody can know its id earlier, and clocks of different machines differ. */
export interface VotingWindow {
  start: number;
  end: number;
}

/** The status by time alone, so closing needs no schedule. A poll that was closed before it opened is closed;
 * one with a reopening ahead is closed until then.
 * @param windows in order of time */
export function pollStatus(windows: VotingWindow[], isFinal: boolean, now: number): PollStatus {
  if (closedAt(windows, now) !== null) return isFinal ? 'closed' : 'closing';
  return windows.some(({ start }) => start <= now) ? 'open' : 'scheduled';
}

/** The end of voting, if voting is over at `now`. */
export function closedAt(windows: VotingWindow[], now: number): number | null {
  const last = windows.findLast(({ start, end }) => start <= now || end <= now);
  return last && last.end <= now ? last.end : null;
}

/** The part of a poll's version that time makes: how many of its openings and ends have come. With it, the version
 * rises at the moment when the status changes, before anything is stored.
 * @param windows in order of time
 * @param createdAt a poll that opens on creation has changed no status
 * @param isClosed the last end is stored, so another part of the version counts it
 * @param now the moment of the status that goes with the version: milliseconds since 1970, like `createdAt` */
export function versionByTime(
  windows: VotingWindow[],
  createdAt: number,
  isClosed: boolean,
  now: number,
): number {
  const hasCome = (moment: number) => moment <= now;
  // An empty window never opened the poll.
  const opened = windows.filter(({ start, end }) => start > createdAt && start < end && hasCome(start));
  const ended = windows.filter(({ end }) => hasCome(end));
  return opened.length + ended.length - (isClosed ? 1 : 0);
}

const FIRST_VERSION = 1;

export function pollWithoutVotes(poll: NewPoll, now: number): Poll {
  const window = { start: poll.opensAt ?? Number.NEGATIVE_INFINITY, end: poll.expiredAt };
  return {
    id: poll.id,
    code: poll.code,
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
    listed: poll.isListed,
    created_at: new Date(poll.createdAt).toISOString(),
    opens_at: poll.opensAt === null ? null : new Date(poll.opensAt).toISOString(),
    expired_at: new Date(poll.expiredAt).toISOString(),
    closed_at: null,
    is_final: false,
    version: FIRST_VERSION,
  };
}

function mayRead({ results_visibility, is_final }: Poll, hasVoted: boolean): boolean {
  return is_final || results_visibility === 'always' || (results_visibility === 'after_vote' && hasVoted);
}

/** Hides counts, and the version that would reveal when they change, from readers without access.
 * @param hasVoted whether the reader presented a receipt for a counted vote in this poll */
export function visiblePoll(poll: Poll, hasVoted: boolean): Poll {
  if (mayRead(poll, hasVoted)) return poll;
  const options = poll.options.map((option) => ({ ...option, vote_count: null }));
  return { ...poll, options, total_votes: null, version: null };
}

/** What the owner may see: all that voters see and, of an election that is not final, the turnout. */
export function ownersPoll(poll: Poll): Poll {
  return { ...visiblePoll(poll, true), total_votes: poll.total_votes };
}
