import type { Sql } from '../../../lib/sql/client.ts';
import { textArray } from '../../../lib/sql/columns.ts';
import { makeQuestions } from './questions.ts';

type Transaction = Parameters<Parameters<Sql['begin']>[1]>[0];

/** Of these, words are made that few questions have. */
const SYLLABLES = 'ba ce di fo gu ha je ki lo mu na pe ri so tu va we xi yo zu'.split(' ');

/** Stores this many polls, one a minute until now: questions in twelve languages, most polls final, and among those
 * that are not, which are new for the most part, some thousands open and some hundreds to open or to be closed. */
export async function storeManyPolls(sql: Sql, count: number): Promise<void> {
  await sql.begin(async (tx) => {
    // What holds by the way that they are made needs no look at each row.
    await tx`set local session_replication_role = replica`;
    await tx`set local maintenance_work_mem = '256MB'`;
    const [index] = await tx<[{ definition: string }]>`
      select pg_get_indexdef('questions_by_pieces'::regclass) as definition`;
    await tx`drop index questions_by_pieces`;
    await insertPolls(tx, count);
    await insertQuestions(tx);
    await insertOptions(tx);
    await tx.unsafe(index.definition);
  });
  await sql`vacuum analyze`;
}

async function insertPolls(sql: Transaction, count: number): Promise<void> {
  await sql`
    with drawn as (
      select n, hashint4(n) & 2147483647 as noise, now() - (${count}::integer - n) * interval '1 minute' as made_at
      from generate_series(1, ${count}::integer) as n
    ), kind as (
      select *,
        case
          when noise % 1000 = 0 then 'scheduled'
          when n > ${count}::integer - 4000 or noise % 300 = 1 then 'open'
          when noise % 2000 = 2 then 'closing'
          else 'closed'
        end as status
      from drawn
    ), timed as (
      select *,
        case when status = 'scheduled' then now() + interval '1 hour' end as opens_at,
        case
          when status in ('scheduled', 'open') then now() + interval '1 month'
          else least(made_at + interval '1 day', now() - interval '1 minute')
        end as expired_at
      from kind
    )
    insert into polls (
      poll_id, option_count, max_choices, allow_change, results_visibility,
      created_at, opens_at, expired_at, windows, is_closed, is_final
    )
    select
      (
        lpad(to_hex((extract(epoch from made_at) * 1000)::bigint), 12, '0') || '7'
        || substr(md5(n::text), 1, 3) || '8' || substr(md5(n::text), 4, 15)
      )::uuid,
      2, 1, false,
      case when noise % 10 = 3 then 'after_vote' when noise % 10 = 4 then 'after_close' else 'always' end,
      made_at, opens_at, expired_at, tstzmultirange(tstzrange(opens_at, expired_at)),
      status in ('closing', 'closed'), status = 'closed'
    from timed
    order by n`;
}

async function insertQuestions(sql: Transaction): Promise<void> {
  const questions = makeQuestions();
  const sound = (place: number) =>
    sql`(${textArray(SYLLABLES)}::text[])[1 + (noise >> ${place}::integer) % 20]`;
  await sql`
    with asked as (
      select * from unnest(${textArray(questions)}::text[]) with ordinality as asked (question, place)
    )
    insert into questions (poll_key, question)
    select
      poll_key,
      question
        || case when noise % 2 = 0 then ' ' || initcap(${sound(3)} || ${sound(9)} || ${sound(15)}) else '' end
        || case when noise % 5 = 0 then ' ' || poll_key else '' end
        || '?'
    from polls cross join lateral (select hashint4(poll_key) & 2147483647 as noise) as drawn
      join asked on place = 1 + noise % ${questions.length}::integer
    order by poll_key`;
}

async function insertOptions(sql: Transaction): Promise<void> {
  await sql`
    insert into options (poll_key, position, option_id, option_text)
    select poll_key, position, gen_random_uuid(), 'Option ' || position from polls, generate_series(0, 1) as position`;
  await sql`
    insert into tallies (votes, ballots, moves, poll_key, position, on_board, poll_id)
    select noise, noise, noise, poll_key, position, not is_closed and results_visibility = 'always', poll_id
    from polls, generate_series(0, 1) as position, lateral (select poll_key % 100 as noise) as drawn`;
}
