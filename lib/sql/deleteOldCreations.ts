import type { AnySql } from './client.ts';
import { CREATION_LIFE_MS } from './findCreation.ts';

/** Forgets the creations that can no longer be asked for again.
 * @param now milliseconds since 1970 */
export async function deleteOldCreations(sql: AnySql, now: number): Promise<void> {
  await sql`delete from creations where created_at <= ${new Date(now - CREATION_LIFE_MS)}`;
}
