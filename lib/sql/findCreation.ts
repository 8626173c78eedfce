import type { NewPoll } from '../domain/poll.ts';
import type { AnySql } from './client.ts';

/** So long a creation is remembered by its name. */
export const CREATION_LIFE_MS = 86_400_000;

/** A creation of a poll that its client gave a name. Hashes are SHA-256. */
export interface Creation {
  keyHash: Buffer;
  requestHash: Buffer;
}

/** What was created under this name, as it was then.
 * @param now milliseconds since 1970 */
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
