import type { ChangeablePoll } from '../domain/pollChanges.ts';
import type { AnySql } from './client.ts';
import { jsonWindows, toWindows, type WindowRow } from './windows.ts';

interface Row {
  question: string;
  options: string[];
  windows: WindowRow[];
  opens_at: Date | null;
  expired_at: Date;
  state_version: number;
  windows_from: Date | null;
}

export interface FoundPoll {
  poll: ChangeablePoll;
  stateVersion: number;
  /** Milliseconds since 1970: from when on its times are those of the latest change. */
  windowsFrom: number;
}

/** What the owner of a poll may change of it, and the version that this is. */
export async function findChangeablePoll(sql: AnySql, pollId: string): Promise<FoundPoll | undefined> {
  const [row] = await sql<Row[]>`
    select
      question, opens_at, expired_at, state_version, windows_from, ${jsonWindows(sql)} as windows,
      (select json_agg(option_text order by position) from options where poll_key = polls.poll_key) as options
    from polls join questions using (poll_key)
    where poll_id = ${pollId}::uuid`;
  const windows = toWindows(row?.windows ?? []);
  const latest = windows.pop();
  if (!row || !latest) return undefined;
  const { question, options, opens_at, expired_at, state_version } = row;
  const times = { earlier: windows, latest, opensAt: opens_at?.getTime() ?? null };
  const poll = { question, options, times, expiredAt: expired_at.getTime() };
  return { poll, stateVersion: state_version, windowsFrom: row.windows_from?.getTime() ?? 0 };
}
