import type { ChangeablePoll } from '../domain/pollChanges.ts';
import type { AnySql } from './client.ts';
import {
  jsonWindows,
  microsToMs,
  type StateRow,
  stateVersionAt,
  toWindows,
  type WindowRow,
} from './columns.ts';

interface Row extends StateRow {
  question: string;
  options: string[];
  windows: WindowRow[];
  opens_at: Date | null;
  expired_at: Date;
  is_listed: boolean;
  windows_from: Date | null;
  words_from: number | null;
}

export interface FoundPoll {
  poll: ChangeablePoll;
  /** What only owners and the schedule change. */
  storedVersion: number;
  /** See `stateVersionAt`. */
  stateVersion(now: number): number;
  /** Milliseconds since 1970: when the latest change of times takes effect. */
  windowsFrom: number;
  /** Milliseconds since 1970: votes for the present words count from then on. */
  votesCountFrom: number;
}

/** Reads the fields that an owner may change, with their version. */
export async function findChangeablePoll(sql: AnySql, pollId: string): Promise<FoundPoll | undefined> {
  const [row] = await sql<Row[]>`
    select
      question, opens_at, expired_at, is_listed, state_version, created_at, is_closed, windows_from, words_from, ${jsonWindows(sql)} as windows,
      (select json_agg(option_text order by position) from options where poll_key = polls.poll_key) as options
    from polls join questions using (poll_key)
    where poll_id = ${pollId}::uuid`;
  const windows = toWindows(row?.windows ?? []);
  const latest = windows.at(-1);
  if (!row || !latest) return undefined;
  const { question, options, opens_at, expired_at, is_listed: isListed, state_version } = row;
  const times = { earlier: windows.slice(0, -1), latest, opensAt: opens_at?.getTime() ?? null };
  const poll = { question, options, times, expiredAt: expired_at.getTime(), isListed };
  return {
    poll,
    storedVersion: state_version,
    stateVersion: (now) => stateVersionAt(row, windows, now),
    windowsFrom: row.windows_from?.getTime() ?? 0,
    votesCountFrom: microsToMs(row.words_from),
  };
}
