import { errorCode } from '../errors.ts';
import type { AnySql } from './client.ts';

export interface NewCreationKey {
  id: string;
  /** Unique among the keys in force. */
  name: string;
  /** Polls that have not ended. */
  maxOpenPolls: number;
  maxPerMinute: number;
}

/** @returns false if a key in force has this name; nothing is stored then */
export async function insertCreationKey(sql: AnySql, key: NewCreationKey): Promise<boolean> {
  const { count } = await sql`
    insert into creation_keys (key_id, name, max_open_polls, max_per_minute)
    values (${key.id}::uuid, ${key.name}, ${key.maxOpenPolls}::integer, ${key.maxPerMinute}::integer)
    on conflict (name) where revoked_at is null do nothing`;
  return count > 0;
}

/** Revokes the key in force of this name, at once. Its polls stay.
 * @returns false if there is none */
export async function revokeCreationKey(sql: AnySql, name: string): Promise<boolean> {
  const { count } = await sql`
    update creation_keys set revoked_at = now() where name = ${name} and revoked_at is null`;
  return count > 0;
}

export async function isInForce(sql: AnySql, keyId: string): Promise<boolean> {
  const { count } = await sql`
    select from creation_keys where key_id = ${keyId}::uuid and revoked_at is null`;
  return count > 0;
}

/** Times are ISO 8601. */
export interface ListedCreationKey {
  name: string;
  created_at: string;
  revoked_at: string | null;
  /** Polls that have not ended. */
  open_polls: number;
  max_open_polls: number;
  max_per_minute: number;
}

/** All keys, oldest first. */
export async function listCreationKeys(sql: AnySql): Promise<ListedCreationKey[]> {
  const rows = await sql<(ListedCreationKey & { created_at: Date; revoked_at: Date | null })[]>`
    select
      name, created_at, revoked_at,
      (
        select count(*) from polls
        where polls.creation_key = creation_keys.creation_key and upper(windows) > clock_timestamp()
      ) as open_polls,
      max_open_polls, max_per_minute
    from creation_keys order by creation_keys.creation_key`;
  return rows.map((row) => ({
    ...row,
    created_at: row.created_at.toISOString(),
    revoked_at: row.revoked_at?.toISOString() ?? null,
  }));
}

/** Why a key may not create a poll now. */
export type KeyRefusal =
  | { reason: 'revoked' }
  | { reason: 'per_minute'; limit: number; resetSeconds: number }
  | { reason: 'open_polls'; limit: number };

const REASONS = new Map<string | undefined, KeyRefusal['reason']>([
  ['PP001', 'revoked'],
  ['PP002', 'per_minute'],
  ['PP003', 'open_polls'],
]);

/** Reads the errors that the SQL function `admit_creation` raises; undefined for any other error. */
export function readKeyRefusal(error: unknown): KeyRefusal | undefined {
  const reason = REASONS.get(errorCode(error));
  if (!reason) return undefined;
  const detail = error instanceof Error && 'detail' in error ? JSON.parse(`${error.detail ?? '{}'}`) : {};
  return { reason, ...detail };
}
