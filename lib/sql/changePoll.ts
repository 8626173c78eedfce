import type { ChangeablePoll, TimesChange } from '../domain/pollChanges.ts';
import { errorCode } from '../errors.ts';
import type { AnySql } from './client.ts';
import { jsonWindows, toWindows, type WindowRow, windowsLiteral } from './columns.ts';

export interface PollSaving {
  pollId: string;
  /** The version that the change was decided on. */
  stateVersion: number;
  poll: ChangeablePoll;
  isTextChanged: boolean;
  timesChange: TimesChange | null;
}

/** `outdated`: the poll was changed or deleted concurrently, or the commit came too late for the moment at
 * which the change takes effect. Decide again. */
export type Saved = 'saved' | 'outdated' | 'has_votes';

/** Too late (raised by the trigger on `polls`), serialization failure, deadlock. */
const DECIDE_AGAIN = new Set(['PP001', '40001', '40P01']);

/** Stores an owner's change in one statement, so a process that dies cannot leave it half done. A reopened
 * poll returns to the leaderboard here; a closed one leaves it when its end comes, see `closeEndedPolls`. */
export async function saveChangedPoll(sql: AnySql, saving: PollSaving): Promise<Saved> {
  try {
    return await save(sql, saving);
  } catch (error) {
    if (DECIDE_AGAIN.has(errorCode(error) ?? '')) return 'outdated';
    throw error;
  }
}

/** Locks the poll, then its tallies by position, in the same order as counting. Tallies are locked only for
 * text changes, which must not overlap with counting, and where they may join or leave the leaderboard. Accepted votes that are not counted
 * yet are invisible here. */
async function save(
  sql: AnySql,
  { pollId, stateVersion, poll, isTextChanged, timesChange }: PollSaving,
): Promise<Saved> {
  const { question, options, times, expiredAt, isListed } = poll;
  const opensAt = times.opensAt === null ? null : new Date(times.opensAt);
  const isReopened = timesChange?.isReopened ?? false;
  const [row] = await sql<[{ is_found: boolean; is_saved: boolean }]>`
    with poll as materialized (
      select poll_key, is_listed <> ${isListed}::boolean as is_listing_changed from polls
      where poll_id = ${pollId}::uuid and state_version = ${stateVersion}::bigint
      for no key update
    ), locked as materialized (
      select moves from tallies join poll using (poll_key)
      where ${isTextChanged || isReopened}::boolean or is_listing_changed
      order by position for no key update of tallies
    ), counts as materialized (
      select max(moves) as moves from locked
    ), saved as (
      -- Joined, because PostgreSQL never runs (so never locks) a CTE that only a short-circuited condition reads.
      update polls set
        opens_at = ${opensAt}, expired_at = ${new Date(expiredAt)},
        windows = ${windowsLiteral([...times.earlier, times.latest])}::tstzmultirange,
        windows_from = coalesce(${timesChange && new Date(timesChange.from)}::timestamptz, windows_from),
        is_listed = ${isListed},
        is_closed = is_closed and not ${isReopened}::boolean,
        is_final = is_final and not ${isReopened}::boolean,
        state_version = state_version + 1
      from poll, counts
      where polls.poll_key = poll.poll_key and not (${isTextChanged}::boolean and counts.moves > 0)
      returning
        polls.poll_key, is_final, not is_closed and results_visibility = 'always' and is_listed as is_on_board
    ), dropped as (
      -- Cancels a pending webhook: the results are no longer final.
      update webhooks set due_at = null
      from saved
      where webhooks.poll_key = saved.poll_key and due_at is not null and not is_final
    ), reworded as (
      update questions set question = ${question}
      from saved
      where questions.poll_key = saved.poll_key and questions.question <> ${question}
    ), renamed as (
      update options set option_text = given.option_text
      from saved, jsonb_array_elements_text(${sql.json(options)})
        with ordinality as given (option_text, place)
      where options.poll_key = saved.poll_key and position = place - 1
        and options.option_text <> given.option_text
    ), moved as (
      -- The index was not maintained while the poll was off the board.
      update tallies set on_board = is_on_board, is_stale = is_on_board
      from saved
      where tallies.poll_key = saved.poll_key and on_board <> is_on_board
    )
    select exists (select from poll) as is_found, exists (select from saved) as is_saved`;
  if (row.is_saved) return 'saved';
  return row.is_found ? 'has_votes' : 'outdated';
}

interface Row {
  question: string;
  options: string[];
  windows: WindowRow[];
  opens_at: Date | null;
  expired_at: Date;
  is_listed: boolean;
  state_version: number;
  windows_from: Date | null;
}

export interface FoundPoll {
  poll: ChangeablePoll;
  stateVersion: number;
  /** Milliseconds since 1970: when the latest change of times takes effect. */
  windowsFrom: number;
}

/** Reads the fields that an owner may change, with their version. */
export async function findChangeablePoll(sql: AnySql, pollId: string): Promise<FoundPoll | undefined> {
  const [row] = await sql<Row[]>`
    select
      question, opens_at, expired_at, is_listed, state_version, windows_from, ${jsonWindows(sql)} as windows,
      (select json_agg(option_text order by position) from options where poll_key = polls.poll_key) as options
    from polls join questions using (poll_key)
    where poll_id = ${pollId}::uuid`;
  const windows = toWindows(row?.windows ?? []);
  const latest = windows.pop();
  if (!row || !latest) return undefined;
  const { question, options, opens_at, expired_at, is_listed: isListed, state_version } = row;
  const times = { earlier: windows, latest, opensAt: opens_at?.getTime() ?? null };
  const poll = { question, options, times, expiredAt: expired_at.getTime(), isListed };
  return { poll, stateVersion: state_version, windowsFrom: row.windows_from?.getTime() ?? 0 };
}
