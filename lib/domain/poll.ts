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
export interface Window {
  start: number;
  end: number;
}

/** Where a poll stands at `now`, by time alone: no schedule has to run for a poll to close. One that was closed
 * before it ever opened is closed; one whose reopening is still ahead is closed until then.
 * @param windows in order of time */
export function pollStatus(windows: Window[], isFinal: boolean, now: number): PollStatus {
  if (closedAt(windows, now) !== null) return isFinal ? 'closed' : 'closing';
  return windows.some(({ start }) => start <= now) ? 'open' : 'scheduled';
}

/** The end of voting, if it has come and votes are not taken again.
 * @param windows in order of time */
export function closedAt(windows: Window[], now: number): number | null {
  const last = windows.findLast(({ start, end }) => start <= now || end <= now);
  return last && last.end <= now ? last.end : null;
}
