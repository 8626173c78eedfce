import type { AnySql } from './client.ts';
import { textArray } from './columns.ts';

/** A receipt that subscriptions were made with while its vote was still on its way. */
export interface UndecidedReceipt {
  /** The poll of the subscription: lower case, with dashes. */
  pollId: string;
  receipt: string;
}

/** The most receipts of one round, and the most subscriptions that it decides: about half a second. */
export const MAX_UNDECIDED = 5_000;
export const MAX_DECIDED = 20_000;

/** Lists a shard's undecided receipts for these polls, and for those with a change that waited until now: each once,
 * however many subscriptions were made with it. If there are too many, it chooses at random, so that no receipt keeps
 * others out.
 * @returns at most `MAX_UNDECIDED` */
export async function listUndecidedReceipts(
  sql: AnySql,
  shard: number,
  pollIds: string[],
): Promise<UndecidedReceipt[]> {
  return sql<UndecidedReceipt[]>`
    select poll_id as "pollId", receipt from (
      select distinct poll_id, receipt from subscriptions
      where receipt is not null and shard = ${shard}::smallint and (
        poll_id = any(${textArray(pollIds)}::uuid[])
        or poll_id in (select poll_id from watched_polls where shard = ${shard}::smallint and due_at <= now())
      )
    ) as shown
    order by random() limit ${MAX_UNDECIDED}::integer`;
}

export interface DecidedReceipt extends UndecidedReceipt {
  /** Whether its vote was counted. */
  hasVoted: boolean;
}

/** Opens the results for a connection's subscription, or those of a shard, whose vote was counted. Skips subscriptions
 * that were renewed meanwhile.
 * @returns how many subscriptions are decided, at most `MAX_DECIDED` */
export async function saveDecidedReceipts(
  sql: AnySql,
  whose: { connectionId: string } | { shard: number },
  decided: DecidedReceipt[],
): Promise<number> {
  // A connection gets the answer to its subscription; a shard's subscribers get the whole poll. The others need it only
  // if the poll is followed, so that they follow too.
  const isDue = 'shard' in whose;
  const isTheirs = isDue
    ? sql`subscriptions.shard = ${whose.shard}::smallint`
    : sql`subscriptions.connection_id = ${whose.connectionId}`;
  const saved = await sql`
    with decided as materialized (
      select connection_id, poll_id, given.has_voted
      from subscriptions join unnest(
        ${textArray(decided.map(({ pollId }) => pollId))}::uuid[],
        ${textArray(decided.map(({ receipt }) => receipt))}::text[],
        ${textArray(decided.map(({ hasVoted }) => `${hasVoted}`))}::boolean[]
      ) as given (poll_id, receipt, has_voted) using (poll_id, receipt)
      where ${isTheirs}
      order by connection_id, poll_id limit ${MAX_DECIDED}::integer for no key update of subscriptions
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
  return saved.count;
}
