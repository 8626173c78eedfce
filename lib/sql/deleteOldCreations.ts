import type { AnySql } from './client.ts';
import { CREATION_LIFE_MS } from './findCreation.ts';

/** Forgets the creations that can no longer be asked for again.
 * @param now milliseconds since 1970 */
export async function deleteOldCreations(sql: AnySql, now: number): Promise<void> {
  await sql`
    with old as materialized (
      select key_hash from creations where created_at <= ${new Date(now - CREATION_LIFE_MS)}
      order by key_hash for update skip locked
    )
    delete from creations using old where creations.key_hash = old.key_hash`;
}
