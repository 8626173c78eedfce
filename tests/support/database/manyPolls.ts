import type { Sql } from '../../../lib/sql/client.ts';

/** The properties that all polls share; times in milliseconds since 1970. */
export interface Alike {
  opensAt?: number | null;
  endsAt: number;
  /** Already closed and final, but not announced yet. */
  isFinal?: boolean;
}

/** Stores thousands of polls with two options each. They have no votes and are on no board.
 * @returns their ids */
export async function manyPolls(
  sql: Sql,
  count: number,
  { opensAt = null, endsAt, isFinal = false }: Alike,
): Promise<string[]> {
  const opens = opensAt === null ? null : new Date(opensAt);
  const ends = new Date(endsAt);
  const polls = await sql<{ poll_id: string }[]>`
    with added as (
      insert into polls (
        poll_id, option_count, max_choices, allow_change, results_visibility, created_at,
        opens_at, expired_at, windows, is_closed, is_final, state_version
      )
      select
        gen_random_uuid(), 2, 1, false, 'always', ${ends}::timestamptz - interval '1 day',
        ${opens}::timestamptz, ${ends}::timestamptz,
        tstzmultirange(tstzrange(${opens}::timestamptz, ${ends}::timestamptz)),
        ${isFinal}::boolean, ${isFinal}::boolean, ${isFinal ? 2 : 1}::bigint
      from generate_series(1, ${count}::integer)
      returning poll_key, poll_id
    ), with_questions as (
      insert into questions (poll_key, question) select poll_key, 'Where to?' from added
    ), unannounced as (
      insert into unannounced_polls (poll_key, state_version, announced_version)
      select poll_key, 2, 1 from added where ${isFinal}::boolean
    ), with_options as (
      insert into options (poll_key, position, option_id, option_text)
      select poll_key, position, gen_random_uuid(), position::text from added, generate_series(0, 1) as position
    ), with_tallies as (
      insert into tallies (poll_key, position, on_board, poll_id)
      select poll_key, position, false, poll_id from added, generate_series(0, 1) as position
    )
    select poll_id from added`;
  return polls.map(({ poll_id }) => poll_id);
}
