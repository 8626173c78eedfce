import type { Micros } from '../domain/units.ts';
import type { VoteFacts } from '../domain/voteStatus.ts';
import type { AnySql } from './client.ts';
import { jsonWindows, textArray, toWindows, type WindowRow } from './columns.ts';

interface Row {
  poll: (Omit<NonNullable<VoteFacts['poll']>, 'windows'> & { windows: WindowRow[] }) | null;
  standing: VoteFacts['standing'];
  progress: VoteFacts['progress'];
}

/** Identifies a vote: poll UUID, voter key (32 hex digits) and the partition with the ballot. */
export interface VoteKey {
  pollId: string;
  voterKey: string;
  partition: number;
}

/** Reads the facts that determine the votes' status, in input order, as one snapshot. */
export async function findVoteFacts(sql: AnySql, votes: VoteKey[]): Promise<VoteFacts[]> {
  const rows = await sql<Row[]>`
    select
      case when polls.poll_key is not null then
        jsonb_build_object(
          'allowChange', allow_change, 'isFinal', is_final, 'windows', ${jsonWindows(sql)},
          'wording', wording, 'countsFrom', words_from
        )
      end as poll,
      case when votes.poll_key is not null then
        jsonb_build_object('acceptedAt', accepted_at)
      end as standing,
      case when progress.partition is not null then
        jsonb_build_object('appendTime', progress.append_time, 'offset', progress.log_offset)
      end as progress
    from unnest(
      ${textArray(votes.map(({ pollId }) => pollId))}::text::uuid[],
      ${textArray(votes.map(({ voterKey }) => voterKey))}::text::uuid[],
      ${textArray(votes.map(({ partition }) => `${partition}`))}::text::integer[]
    ) with ordinality as asked (poll_id, voter_key, partition, place)
    left join polls using (poll_id)
    left join votes on votes.poll_key = polls.poll_key and votes.voter_key = asked.voter_key
    left join partition_progress as progress on progress.partition = asked.partition
    order by place`;
  return rows.map((row) => ({
    ...row,
    poll: row.poll && { ...row.poll, windows: toWindows(row.poll.windows) },
  }));
}

/** Finds the ballots that are not the counted one of their voter: a third of the work of reading all facts.
 * @returns their places in the input */
export async function findNotStanding(
  sql: AnySql,
  ballots: (Pick<VoteKey, 'pollId' | 'voterKey'> & { acceptedAt: Micros })[],
): Promise<number[]> {
  const rows = await sql<{ place: number }[]>`
    select place::integer - 1 as place
    from unnest(
      ${textArray(ballots.map(({ pollId }) => pollId))}::text::uuid[],
      ${textArray(ballots.map(({ voterKey }) => voterKey))}::text::uuid[],
      ${textArray(ballots.map(({ acceptedAt }) => `${acceptedAt}`))}::text::bigint[]
    ) with ordinality as asked (poll_id, voter_key, accepted_at, place)
    left join polls using (poll_id)
    left join votes on votes.poll_key = polls.poll_key and votes.voter_key = asked.voter_key
    where votes.accepted_at is distinct from asked.accepted_at
    order by place`;
  return rows.map(({ place }) => place);
}

/** Finds the voters with a choice in the poll, or with one that they withdrew.
 * @returns their places in the input */
export async function findWhoChose(
  sql: AnySql,
  voters: Pick<VoteKey, 'pollId' | 'voterKey'>[],
): Promise<number[]> {
  const rows = await sql<{ place: number }[]>`
    select place::integer - 1 as place
    from unnest(
      ${textArray(voters.map(({ pollId }) => pollId))}::text::uuid[],
      ${textArray(voters.map(({ voterKey }) => voterKey))}::text::uuid[]
    ) with ordinality as asked (poll_id, voter_key, place)
    join polls using (poll_id) join votes using (poll_key, voter_key)
    where choices > 0 or displaced <> 0
    order by place`;
  return rows.map(({ place }) => place);
}
