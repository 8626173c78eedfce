import type { ChangeablePoll, TimesChange } from '../domain/pollChanges.ts';
import { REWORDING_PAUSE_MS } from '../domain/wording.ts';
import { errorCode } from '../errors.ts';
import type { AnySql } from './client.ts';
import { microsToMs, windowsLiteral } from './columns.ts';

/** The largest `integer`. */
const MAX_WORDINGS = 2 ** 31 - 1;

export interface PollSaving {
  pollId: string;
  /** Of the poll that the change was decided on. */
  storedVersion: number;
  poll: ChangeablePoll;
  isTextChanged: boolean;
  timesChange: TimesChange | null;
}

/** `outdated`: the poll was changed or deleted concurrently, or the commit came too late for the moment at
 * which the change takes effect. Decide again. Else the change is saved; `votesCountFrom` is the moment, in
 * milliseconds since 1970, from which on votes for the present words count. */
export type Saved = 'outdated' | 'has_votes' | { votesCountFrom: number };

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
 * text changes, which must not overlap with counting, and where they may join or leave the leaderboard. Accepted
 * votes that are not counted yet are invisible here; once the wording has changed, they are rejected. */
async function save(
  sql: AnySql,
  { pollId, storedVersion, poll, isTextChanged, timesChange }: PollSaving,
): Promise<Saved> {
  const { question, options, times, expiredAt, isListed } = poll;
  const opensAt = times.opensAt === null ? null : new Date(times.opensAt);
  const isReopened = timesChange?.isReopened ?? false;
  const [row] = await sql<[{ is_found: boolean; is_saved: boolean; words_from: number | null }]>`
    with poll as materialized (
      select poll_key, is_listed <> ${isListed}::boolean as is_listing_changed from polls
      where poll_id = ${pollId}::uuid and state_version = ${storedVersion}::bigint
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
        wording = case
          when ${isTextChanged}::boolean then 1 + floor(random() * ${MAX_WORDINGS}::integer)::integer
          else wording
        end,
        -- By the moment of the commit, not of the decision: it may have waited for a lock.
        words_from = case
          when ${isTextChanged}::boolean
          then (extract(epoch from clock_timestamp()) * 1000000)::bigint + ${REWORDING_PAUSE_MS}::bigint * 1000
          else words_from
        end,
        is_closed = is_closed and not ${isReopened}::boolean,
        is_final = is_final and not ${isReopened}::boolean,
        -- A new end needs a later marker.
        final_mark = case when ${timesChange === null}::boolean then final_mark end,
        -- New times can take back an end that counted as one: of a poll that was closed before it opened, or one that
        -- a reader with an older snapshot took for the present.
        state_version = state_version + ${timesChange ? 2 : 1}::integer
      from poll, counts
      where polls.poll_key = poll.poll_key and not (${isTextChanged}::boolean and counts.moves > 0)
      returning
        polls.poll_key, is_final, wording, words_from,
        not is_closed and results_visibility = 'always' and is_listed as is_on_board
    ), dropped as (
      -- Cancels a pending webhook: the results are no longer final, nor is the poll about to be deleted.
      -- Without its time, it is also out of the index of webhooks to warn.
      update webhooks set finalized_at = null, due_at = null, warned_at = null, expires_at = null
      from saved
      where webhooks.poll_key = saved.poll_key and finalized_at is not null and not is_final
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
      update tallies set
        on_board = is_on_board, wording = saved.wording,
        is_stale = case when on_board = is_on_board then is_stale else is_on_board end
      from saved
      where tallies.poll_key = saved.poll_key
        and (on_board <> is_on_board or tallies.wording <> saved.wording)
    )
    select
      exists (select from poll) as is_found, exists (select from saved) as is_saved,
      (select words_from from saved) as words_from`;
  if (row.is_saved) return { votesCountFrom: microsToMs(row.words_from) };
  return row.is_found ? 'has_votes' : 'outdated';
}
