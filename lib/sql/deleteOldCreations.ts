import { pageByPage } from '../concurrency/pages.ts';
import type { AnySql } from './client.ts';
import { CREATION_LIFE_MS } from './findCreation.ts';

const PAGE = 10_000;

/** Forgets the creations that can no longer be asked for again, oldest first.
 * @param now milliseconds since 1970
 * @param deadline of the monotonic clock; what is left then is for the next call */
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
