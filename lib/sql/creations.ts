import { pageByPage } from '../concurrency/pages.ts';
import type { NewPoll } from '../domain/poll.ts';
import type { AnySql } from './client.ts';
import { type KeyRefusal, readKeyRefusal } from './creationKeys.ts';
import { isUniqueViolation } from './faults.ts';

/** `key_taken`, `code_taken`: another poll has the idempotency key or the code. Nothing is stored unless inserted. */
export type Insertion = 'inserted' | 'key_taken' | 'code_taken' | KeyRefusal;

function isCodeTaken(error: unknown): boolean {
  const isNamed = error instanceof Error && 'constraint_name' in error;
  return isUniqueViolation(error) && isNamed && error.constraint_name === 'polls_code_key';
}

/** Stores a poll with its options, zeroed tallies and webhook in one statement, which also checks the quotas of a
 * creation key.
 * @param creation remembers the poll under an idempotency key
 * @param keyId of the creation key that creates it */
export async function insertPoll(
  sql: AnySql,
  poll: NewPoll,
  creation?: Creation,
  keyId?: string,
): Promise<Insertion> {
  try {
    return (await insert(sql, poll, creation, keyId)) ? 'inserted' : 'key_taken';
  } catch (error) {
    if (isCodeTaken(error)) return 'code_taken';
    const refusal = readKeyRefusal(error);
    if (refusal) return refusal;
    throw error;
  }
}

async function insert(sql: AnySql, poll: NewPoll, creation?: Creation, keyId?: string): Promise<boolean> {
  const opensAt = poll.opensAt === null ? null : new Date(poll.opensAt);
  const expiredAt = new Date(poll.expiredAt);
  const claim = creation && claimName(sql, creation, poll);
  const inserted = await sql`
    with ${claim ? sql`claimed as (${claim}),` : sql``} admitted as materialized (
      -- Only for the request that gets the idempotency key: a replay counts towards no quota.
      select ${keyId === undefined ? sql`null::integer` : sql`admit_creation(${keyId}::uuid)`} as creation_key
      ${claim ? sql`from claimed` : sql``}
    ), poll as (
      insert into polls (
        poll_id, code, option_count, max_choices, allow_change, results_visibility, is_listed,
        created_at, opens_at, expired_at, windows, creation_key
      )
      select
        ${poll.id}::uuid, ${poll.code}, ${poll.options.length}::smallint, ${poll.maxChoices}::smallint,
        ${poll.allowChange}, ${poll.resultsVisibility}, ${poll.isListed}, ${new Date(poll.createdAt)}, ${opensAt}, ${expiredAt},
        tstzmultirange(tstzrange(${opensAt}::timestamptz, ${expiredAt}::timestamptz)), creation_key
      from admitted
      returning poll_key, poll_id, results_visibility = 'always' and is_listed as is_on_board
    ), asked as (
      insert into questions (poll_key, question) select poll_key, ${poll.question} from poll
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
    select poll_key, position, is_on_board, poll_id from poll, option`;
  return inserted.count > 0;
}

/** Returns a row if the key is free or expired. A concurrent claim waits for this one. */
function claimName(sql: AnySql, { keyHash, requestHash }: Creation, poll: NewPoll) {
  const createdAt = new Date(poll.createdAt);
  const forgotten = new Date(poll.createdAt - CREATION_LIFE_MS);
  return sql`
    insert into creations (key_hash, request_hash, poll, created_at)
    values (${keyHash}, ${requestHash}, ${sql.json({ ...poll })}, ${createdAt})
    on conflict (key_hash) do update
    set request_hash = excluded.request_hash, poll = excluded.poll, created_at = excluded.created_at
    where creations.created_at <= ${forgotten}
    returning true`;
}

/** How long an idempotency key is remembered. */
export const CREATION_LIFE_MS = 86_400_000;

/** An idempotent creation: SHA-256 of the key and of the normalized request. */
export interface Creation {
  keyHash: Buffer;
  requestHash: Buffer;
}

/** The poll created under this key, as it was then.
 * @param now see `databaseNow` */
export async function findCreation(
  sql: AnySql,
  keyHash: Buffer,
  now: number,
): Promise<{ poll: NewPoll; requestHash: Buffer } | undefined> {
  const [row] = await sql<{ poll: NewPoll; requestHash: Buffer }[]>`
    select poll, request_hash as "requestHash" from creations
    where key_hash = ${keyHash} and created_at > ${new Date(now - CREATION_LIFE_MS)}`;
  return row;
}

const PAGE = 10_000;

/** Deletes expired idempotency keys, oldest first.
 * @param now see `databaseNow`
 * @param deadline on the monotonic clock; the next call continues from there */
export async function deleteOldCreations(sql: AnySql, now: number, deadline: number): Promise<void> {
  const deletePage = async () => {
    const { count } = await sql`
      with old as materialized (
        select key_hash from creations where created_at <= ${new Date(now - CREATION_LIFE_MS)}
        order by created_at limit ${PAGE}::integer
      ), free as materialized (
        select key_hash from creations where key_hash in (select key_hash from old)
        order by key_hash for update skip locked
      )
      delete from creations using free where creations.key_hash = free.key_hash`;
    return count;
  };
  await pageByPage(deletePage, PAGE, deadline);
}
