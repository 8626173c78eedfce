import type { AnySql } from './client.ts';

/** A counted ballot. Its voter key serves only as a list position. */
export interface StoredBallot {
  /** 32 hex digits. */
  voterKey: string;
  optionIds: string[];
  /** Truncated to the minute. */
  votedAt: Date;
}

/** Excludes a real voter with a chance of one in 2^128. */
const MIN_KEY = '00000000-0000-0000-0000-000000000000';

/** Lists a poll's ballots without withdrawn ones, ordered by voter key. Keys are keyed hashes, so an index
 * yields a shuffled order for free.
 * @param after the last voter key of the previous page */
export async function listBallots(
  sql: AnySql,
  pollId: string,
  after: string | undefined,
  limit: number,
): Promise<StoredBallot[]> {
  return sql<StoredBallot[]>`
    select
      replace(voter_key::text, '-', '') as "voterKey",
      (
        select json_agg(option_id order by position) from options
        where options.poll_key = votes.poll_key and choices & (1::bigint << position) <> 0
      ) as "optionIds",
      date_trunc('minute', timestamptz 'epoch' + accepted_at * interval '1 microsecond') as "votedAt"
    from votes
    where poll_key = (select poll_key from polls where poll_id = ${pollId}::uuid)
      and choices <> 0
      and voter_key > ${after ?? MIN_KEY}::uuid
    order by voter_key
    limit ${limit}::integer`;
}
