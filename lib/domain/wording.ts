import type { Micros } from './units.ts';

/** How long votes are rejected after a rewording, in milliseconds: their voters still saw the old text. It covers a cache
 * in front (a second), castVote's cache of the poll, and the time from reading a page to voting. */
export const REWORDING_PAUSE_MS = 2_000;

/** The question and options of a poll that are in force. */
export interface Wording {
  /** Random, so that a ballot from before a restored backup never matches by chance; 0 for the original text. */
  wording: number;
  /** Null before the first rewording. */
  countsFrom: Micros | null;
}

interface WordedBallot {
  acceptedAt: Micros;
  wording: number;
  isWithdrawal: boolean;
}

/** Whether a ballot is for these words. An empty one chooses nothing, so words do not matter. The same rule as in
 * `countBallots`. */
export function isForTheseWords(ballot: WordedBallot, { wording, countsFrom }: Wording): boolean {
  if (ballot.isWithdrawal) return true;
  return ballot.wording === wording && ballot.acceptedAt >= (countsFrom ?? 0);
}
