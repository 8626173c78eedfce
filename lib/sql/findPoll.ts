import type postgres from 'postgres';
import type { PollRules } from '../domain/ballot.ts';
import {
  closedAt,
  type Poll,
  pollStatus,
  type ResultsVisibility,
  type VotingWindow,
} from '../domain/poll.ts';
import type { Millis } from '../domain/units.ts';
import type { AnySql } from './client.ts';
import {
  jsonWindows,
  type StateRow,
  stateVersionAt,
  textArray,
  toWindows,
  type WindowRow,
} from './columns.ts';
import { presentMs } from './databaseClock.ts';

interface Row extends StateRow {
  poll_id: string;
  code: string;
  question: string;
  max_choices: number;
  allow_change: boolean;
  results_visibility: ResultsVisibility;
  is_listed: boolean;
  opens_at: Date | null;
  expired_at: Date;
  windows: WindowRow[];
  is_final: boolean;
  total_votes: number;
  moves: number;
  options: { option_id: string; option_text: string; position: number; vote_count: number }[];
  read_at: number;
}

export interface StoredPoll {
  poll: Poll;
  /** See `stateVersionAt`. */
  stateVersion: number;
  /** Milliseconds since 1970, by the clock of Postgres. */
  readAt: number;
}

/** Reads a poll with its counts as one snapshot.
 * @param pollId any UUID
 * @param now determines status and version: milliseconds since 1970, by default the moment of reading */
export async function findPoll(sql: AnySql, pollId: string, now?: number): Promise<Poll | undefined> {
  const [found] = await findPolls(sql, [pollId], now);
  return found?.poll;
}

/** Reads the polls that exist, newest first. */
export async function findPolls(sql: AnySql, pollIds: string[], now?: number): Promise<StoredPoll[]> {
  return readPolls(sql, sql`${textArray(pollIds)}::uuid[]`, now);
}

/** Like `findPolls`.
 * @param pollIds SQL for an array of ids */
export async function readPolls(
  sql: AnySql,
  pollIds: postgres.Fragment,
  now?: number,
): Promise<StoredPoll[]> {
  const rows = await sql<Row[]>`
    select
      poll_id, code, question, max_choices, allow_change, results_visibility, is_listed,
      created_at, opens_at, expired_at,
      ${jsonWindows(sql)} as windows, is_closed, is_final, total_votes, state_version, moves, options,
      ${presentMs(sql)} as read_at
    from polls join questions using (poll_key) cross join lateral (
      select
        sum(ballots)::bigint as total_votes,
        sum(moves)::bigint as moves,
        json_agg(
          json_build_object(
            'option_id', option_id, 'option_text', option_text, 'position', position, 'vote_count', votes
          )
          order by position
        ) as options
      from tallies join options using (poll_key, position)
      where poll_key = polls.poll_key
    ) as counts
    where poll_id = any(${pollIds})
    order by poll_id desc`;
  return rows.map((row) => toStored(row, now ?? row.read_at));
}

function toStored(row: Row, now: number): StoredPoll {
  const windows = toWindows(row.windows);
  const stateVersion = stateVersionAt(row, windows, now);
  return { poll: toPoll(row, windows, stateVersion, now), stateVersion, readAt: row.read_at };
}

function toPoll(row: Row, windows: VotingWindow[], stateVersion: number, now: number): Poll {
  const end = closedAt(windows, now);
  return {
    id: row.poll_id,
    code: row.code,
    question: row.question,
    status: pollStatus(windows, row.is_final, now),
    options: row.options,
    total_votes: row.total_votes,
    max_choices: row.max_choices,
    allow_change: row.allow_change,
    results_visibility: row.results_visibility,
    listed: row.is_listed,
    created_at: row.created_at.toISOString(),
    opens_at: row.opens_at?.toISOString() ?? null,
    expired_at: row.expired_at.toISOString(),
    closed_at: end === null ? null : new Date(end).toISOString(),
    is_final: row.is_final,
    version: stateVersion + row.moves,
  };
}

interface RulesRow {
  max_choices: number;
  allow_change: boolean;
  is_closed: boolean;
  windows: WindowRow[];
  wording: number;
  option_ids: string[];
  read_at: number;
}

export interface FoundRules extends PollRules {
  /** By the clock of Postgres. */
  readAt: Millis;
}

/** Reads what a ballot is checked against. */
export async function findPollRules(sql: AnySql, pollId: string): Promise<FoundRules | undefined> {
  const [row] = await sql<RulesRow[]>`
    select
      max_choices, allow_change, is_closed, wording, ${presentMs(sql)} as read_at,
      ${jsonWindows(sql)} as windows,
      (select json_agg(option_id order by position) from options where poll_key = polls.poll_key) as option_ids
    from polls
    where poll_id = ${pollId}::uuid`;
  return (
    row && {
      windows: toWindows(row.windows),
      isClosed: row.is_closed,
      optionIds: row.option_ids,
      maxChoices: row.max_choices,
      allowChange: row.allow_change,
      wording: row.wording,
      readAt: row.read_at,
    }
  );
}

export interface FoundState {
  /** What only owners and the schedule change. */
  storedVersion: number;
  /** See `stateVersionAt`; at the moment of reading. */
  stateVersion: number;
}

/** Reads what names the state of a poll; undefined if there is no such poll. */
export async function findState(sql: AnySql, pollId: string): Promise<FoundState | undefined> {
  const [row] = await sql<(StateRow & { windows: WindowRow[]; read_at: number })[]>`
    select state_version, created_at, is_closed, ${jsonWindows(sql)} as windows, ${presentMs(sql)} as read_at
    from polls where poll_id = ${pollId}::uuid`;
  return (
    row && {
      storedVersion: row.state_version,
      stateVersion: stateVersionAt(row, toWindows(row.windows), row.read_at),
    }
  );
}
