import type { AnySql } from './client.ts';

/** A ballot that stands, without anything of its voter but the place in the list. */
export interface StoredBallot {
  /** 32 hex digits. */
  voterKey: string;
  optionIds: string[];
  /** To the minute. */
  votedAt: Date;
}

/** Nobody's, but for one chance in 2^128. */
const MIN_KEY = '00000000-0000-0000-0000-000000000000';

/**
 * Ballots of a poll, withdrawn ones left out. They come in the order of their voter keys, which are keyed hashes: as
 * good as shuffled, and an index gives it.
 *
 * @param after the voter key where the page before ended
 */
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
