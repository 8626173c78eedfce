import type { Ballot } from '../domain/ballot.ts';
import type { Mark } from '../domain/closing.ts';
import type { Micros } from '../domain/units.ts';
import type { LogPosition } from '../domain/voteStatus.ts';
import type { AnySql } from './client.ts';

export interface Counting {
  partition: number;
  columns: BallotColumns;
  /** The last record that was read; it may contain no ballot. */
  end: LogPosition;
  mark?: Mark;
  /** Assumes that no voter in the batch has voted before, and fails (23505) if one has. Checking each ballot
   * first costs a quarter of the server's work. */
  assumesNoRepeat: boolean;
}

export interface Counted {
  /** Ballots that became a vote, or changed one. */
  counted: number;
  /** Valid ballots that were skipped because another one stands. */
  passedOver: number;
}

/** Judges and counts ballots in one statement: one round trip and one transaction. Votes, tallies, versions
 * and the partition's progress change together or not at all.
 * @returns undefined if the partition was already counted up to here */
export async function countBallots(
  sql: AnySql,
  { partition, columns, end, mark = NO_MARK, assumesNoRepeat }: Counting,
): Promise<Counted | undefined> {
  const isAhead = sql`(excluded.append_time, excluded.log_offset) > (progress.append_time, progress.log_offset)`;
  const [row] = await sql<Counted[]>`
    with poll as materialized (
      select
        place, poll_key, windows, 1::bigint << option_count as limit_of_choices, max_choices, allow_change,
        polls.wording,
        -- No ballot for other words counts, whenever it was accepted.
        case
          when given.wording = polls.wording then coalesce(words_from, 0) else ${Number.MAX_SAFE_INTEGER}::bigint
        end as counts_from
      from unnest(
        ${arrayOf(columns.pollIds)}::text::uuid[], ${arrayOf(columns.wordings)}::text::integer[]
      ) with ordinality as given (poll_id, wording, place)
      join polls using (poll_id)
      -- By now no ballot can be in time. Even if a clock steps back, final results stay.
      where not is_final
    ), valid as (
      select distinct on (poll_key, voter_key)
        choices, accepted_at, poll_key, voter_key, ${displacedInBatch(sql, columns)} as displaced
      from unnest(
        ${arrayOf(columns.place)}::text::bigint[], ${arrayOf(columns.voterKey)}::text::uuid[],
        ${arrayOf(columns.choices)}::text::bigint[], ${arrayOf(columns.acceptedAt)}::text::bigint[]
      ) with ordinality as ballot (place, voter_key, choices, accepted_at, number)
      join poll using (place)
      where
        choices < limit_of_choices
        and (choices > 0 or allow_change)
        and (choices & (choices - 1) = 0 or bit_count(choices::bit(64)) <= max_choices)
        and (choices = 0 or accepted_at >= counts_from)
        and windows @> (timestamptz 'epoch' + accepted_at * interval '1 microsecond')
      -- All consumers lock in this order, which rules out deadlocks.
      order by poll_key, voter_key, case when allow_change then accepted_at end desc, number
    ), counted as (
      insert into votes (choices, accepted_at, displaced, poll_key, voter_key)
      select choices, accepted_at, displaced, poll_key, voter_key from valid
      ${assumesNoRepeat ? sql`` : onConflict(sql)}
      returning poll_key, choices, displaced
    ), moved as (
      select poll_key, choices, count(*)::integer as ballots from counted group by poll_key, choices
      union all
      select poll_key, displaced, -count(*)::integer from counted where displaced > 0 group by poll_key, displaced
    ), option_deltas as (
      -- Nearly all ballots have one choice, which needs no series of positions.
      select poll_key, (ln(choices::float8) / ln(2::float8))::smallint as position, ballots as votes, ballots
      from moved where choices > 0 and choices & (choices - 1) = 0
      union all
      select poll_key, position, ballots, case when choices & -choices = 1::bigint << position then ballots else 0 end
      from moved cross join generate_series(0, 49) as position
      where choices & (choices - 1) <> 0 and choices & (1::bigint << position) <> 0
    ), tallied as (
      -- The rows exist since the poll's creation. If the poll was deleted at this moment, the foreign key
      -- fails the batch, and the retry no longer finds the poll. If it was reworded, a null does the same.
      insert into tallies (votes, ballots, moves, poll_key, position, on_board, poll_id, wording)
      select
        sum(votes), sum(ballots), 1, poll_key, position, false, '00000000-0000-0000-0000-000000000000', min(wording)
      from option_deltas join (select distinct poll_key, wording from poll) as judged using (poll_key)
      group by poll_key, position having sum(votes) <> 0 or sum(ballots) <> 0
      order by poll_key, position
      on conflict (poll_key, position) do update set
        votes = tallies.votes + excluded.votes,
        ballots = tallies.ballots + excluded.ballots,
        moves = tallies.moves + 1,
        is_stale = tallies.on_board,
        wording = case when tallies.wording = excluded.wording then tallies.wording end
    )
    insert into partition_progress as progress (partition, append_time, log_offset, mark, marked_at)
    values (
      ${partition}::integer, ${end.appendTime}::bigint, ${end.offset}::bigint,
      ${mark.number}::bigint, ${mark.appendTime}::bigint
    )
    on conflict (partition) do update set
      append_time = case when ${isAhead} then excluded.append_time else progress.append_time end,
      log_offset = case when ${isAhead} then excluded.log_offset else progress.log_offset end,
      mark = greatest(progress.mark, excluded.mark),
      marked_at = case when excluded.mark > progress.mark then excluded.marked_at else progress.marked_at end
    -- A marker counts even where Kafka's clock was set back, and times that were passed come again.
    where ${isAhead} or excluded.mark > progress.mark
    returning
      (select count(*)::integer from counted) as counted,
      ${assumesNoRepeat ? sql`0` : sql`(select count(*)::integer from valid) - (select count(*)::integer from counted)`}
        as "passedOver"`;
  return row;
}

/** `votes.displaced` where the voter's choice was displaced, but not by this ballot, so no tally has to lose it. */
const CHOSE_BEFORE = -1;

/** A choice that a withdrawal in the same batch displaces is never stored, but its receipt opens results. Looking for
 * one costs batches without a withdrawal nothing. */
function displacedInBatch(sql: AnySql, { choices }: BallotColumns) {
  if (!choices.includes(0)) return sql`null::bigint`;
  return sql`
    case
      when choices = 0 and max(choices) over (partition by poll_key, voter_key) > 0 then ${CHOSE_BEFORE}::bigint
    end`;
}

/** Where votes may change, the ballot accepted later wins, whatever the order of arrival: a delayed ballot
 * never replaces a newer one. */
function onConflict(sql: AnySql) {
  return sql`
    on conflict (poll_key, voter_key) do update set
      choices = excluded.choices, accepted_at = excluded.accepted_at,
      displaced = case
        when votes.choices > 0 then votes.choices
        when votes.displaced <> 0 then ${CHOSE_BEFORE}::bigint
        else excluded.displaced
      end
    where excluded.accepted_at > votes.accepted_at
      and (select allow_change from polls where polls.poll_key = excluded.poll_key)`;
}

const NO_MARK: Mark = { number: 0, appendTime: 0 };

const arrayOf = (elements: (string | number)[]) => `{${elements.join(',')}}`;

/** Ballots as arrays for `unnest`. `place` is a ballot's 1-based index in `pollIds` and `wordings`, which together
 * are unique. */
export interface BallotColumns {
  pollIds: string[];
  wordings: number[];
  place: number[];
  voterKey: string[];
  choices: number[];
  acceptedAt: Micros[];
}

/** @param ballots in log order */
export function toColumns(ballots: Ballot[]): BallotColumns {
  const places = new Map<string, number>();
  const worded: Pick<Ballot, 'pollId' | 'wording'>[] = [];
  const placeOf = (ballot: Ballot) => {
    // Nearly all have the first words, and a longer key takes longer.
    const key = ballot.wording === 0 ? ballot.pollId : `${ballot.pollId} ${ballot.wording}`;
    const known = places.get(key);
    if (known !== undefined) return known;
    places.set(key, worded.push(ballot));
    return worded.length;
  };
  const place = ballots.map(placeOf);
  return {
    pollIds: worded.map(({ pollId }) => pollId),
    wordings: worded.map(({ wording }) => wording),
    place,
    voterKey: ballots.map(({ voterKey }) => voterKey),
    choices: ballots.map(({ choices }) => choices),
    acceptedAt: ballots.map(({ acceptedAt }) => acceptedAt),
  };
}
