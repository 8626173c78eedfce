import type { AnySql } from './client.ts';
import { textArray } from './columns.ts';

/** A subscription that was made with the receipt of a vote that was still on its way. */
export interface UndecidedReceipt {
  connectionId: string;
  /** Lower case, with dashes. */
  pollId: string;
  receipt: string;
}

/** Lists a shard's undecided receipts for these polls. */
export async function listUndecidedReceipts(
  sql: AnySql,
  shard: number,
  pollIds: string[],
): Promise<UndecidedReceipt[]> {
  return sql<UndecidedReceipt[]>`
    select connection_id as "connectionId", poll_id as "pollId", receipt from subscriptions
    where receipt is not null and shard = ${shard}::smallint and poll_id = any(${textArray(pollIds)}::uuid[])`;
}

export interface DecidedReceipt extends UndecidedReceipt {
  /** Whether its vote was counted. */
  hasVoted: boolean;
}

/** Opens the results for subscriptions whose vote was counted. Schedules a message for the others only if the poll is
 * followed, so that they follow too. Skips subscriptions that were renewed meanwhile.
 * @param isDue schedules the whole poll for them */
export async function saveDecidedReceipts(
  sql: AnySql,
  decided: DecidedReceipt[],
  isDue: boolean,
): Promise<void> {
  await sql`
    with decided as materialized (
      select connection_id, poll_id, given.has_voted
      from subscriptions join unnest(
        ${textArray(decided.map(({ connectionId }) => connectionId))}::text[],
        ${textArray(decided.map(({ pollId }) => pollId))}::uuid[],
        ${textArray(decided.map(({ receipt }) => receipt))}::text[],
        ${textArray(decided.map(({ hasVoted }) => `${hasVoted}`))}::boolean[]
      ) as given (connection_id, poll_id, receipt, has_voted) using (connection_id, poll_id, receipt)
      order by connection_id, poll_id for no key update of subscriptions
    )
    update subscriptions
    set receipt = null, has_voted = decided.has_voted,
      due_at = case
        when ${isDue}::boolean and (decided.has_voted or exists (
          select from watched_polls where poll_id = decided.poll_id and is_followed
        )) then now()
        else due_at
      end
    from decided
    where subscriptions.connection_id = decided.connection_id and subscriptions.poll_id = decided.poll_id`;
}
