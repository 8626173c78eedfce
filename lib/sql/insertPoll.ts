import type { NewPoll } from '../domain/poll.ts';
import type { AnySql } from './client.ts';

/** Stores a poll with its options, zeroed counts and the receiver of its results, in one statement. */
export async function insertPoll(sql: AnySql, poll: NewPoll): Promise<void> {
  const opensAt = poll.opensAt === null ? null : new Date(poll.opensAt);
  const expiredAt = new Date(poll.expiredAt);
  await sql`
    with poll as (
      insert into polls (
        poll_id, question, option_count, max_choices, allow_change, results_visibility,
        created_at, opens_at, expired_at, windows
      )
      values (
        ${poll.id}::uuid, ${poll.question}, ${poll.options.length}::smallint, ${poll.maxChoices}::smallint,
        ${poll.allowChange}, ${poll.resultsVisibility}, ${new Date(poll.createdAt)}, ${opensAt}, ${expiredAt},
        tstzmultirange(tstzrange(${opensAt}::timestamptz, ${expiredAt}::timestamptz))
      )
      returning poll_key, poll_id, results_visibility
    ), webhook as (
      insert into webhooks (poll_key, url)
      select poll_key, ${poll.webhookUrl} from poll where ${poll.webhookUrl}::text is not null
    ), option as (
      select (place - 1)::smallint as position, option_id, option_text
      from rows from (jsonb_to_recordset(${sql.json(poll.options)}) as (id uuid, text text))
        with ordinality as given (option_id, option_text, place)
    ), new_options as (
      insert into options (poll_key, position, option_id, option_text)
      select poll_key, position, option_id, option_text from poll, option
    )
    insert into tallies (poll_key, position, on_board, poll_id)
    select poll_key, position, results_visibility = 'always', poll_id from poll, option`;
}
