import type { ChangeablePoll } from '../domain/pollChanges.ts';
import type { AnySql } from './client.ts';
import { windowsLiteral } from './windows.ts';

export interface PollSaving {
  pollId: string;
  /** Of the poll that was changed. */
  stateVersion: number;
  poll: ChangeablePoll;
  isTextChanged: boolean;
  /** Whether voting is over now; null where this change has no say in it. */
  isClosed: boolean | null;
}

/** `outdated`: somebody else changed or deleted the poll meanwhile. */
export type Saved = 'saved' | 'outdated' | 'has_votes';

/**
 * Stores a poll that its owner has changed, with its place on the leaderboard, in one statement: nobody waits on a
 * process that stops half-way. Its counts are locked while it looks whether there are any, so texts change only
 * where no vote is counted at the time. A vote that is accepted and not yet counted nobody can see.
 */
export async function saveChangedPoll(
  sql: AnySql,
  { pollId, stateVersion, poll, isTextChanged, isClosed }: PollSaving,
): Promise<Saved> {
  const { question, options, times, expiredAt } = poll;
  const opensAt = times.opensAt === null ? null : new Date(times.opensAt);
  const [row] = await sql<[{ is_found: boolean; is_saved: boolean }]>`
    with poll as materialized (
      select poll_key from polls
      where poll_id = ${pollId}::uuid and state_version = ${stateVersion}::bigint
      for no key update
    ), counts as materialized (
      select moves from tallies join poll using (poll_key) order by position for no key update of tallies
    ), saved as (
      update polls set
        opens_at = ${opensAt}, expired_at = ${new Date(expiredAt)},
        windows = ${windowsLiteral([...times.earlier, times.latest])}::tstzmultirange,
        is_closed = coalesce(${isClosed}::boolean, is_closed),
        is_final = is_final and ${isClosed}::boolean is not false,
        state_version = state_version + 1
      from poll
      where polls.poll_key = poll.poll_key
        -- Read either way: what nobody reads is not locked.
        and (select max(moves) from counts) >= 0
        and (not ${isTextChanged}::boolean or (select max(moves) from counts) = 0)
      returning polls.poll_key, is_final, not is_closed and results_visibility = 'always' as is_on_board
    ), dropped as (
      -- Results that were to be sent are none any more.
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
      -- Its index was not kept up while it was off the board.
      update tallies set on_board = is_on_board, is_stale = is_on_board
      from saved
      where tallies.poll_key = saved.poll_key and on_board <> is_on_board
    )
    select exists (select from poll) as is_found, exists (select from saved) as is_saved`;
  if (row.is_saved) return 'saved';
  return row.is_found ? 'has_votes' : 'outdated';
}
