import type { WebhookTry } from '../domain/webhooks.ts';
import type { AnySql } from './client.ts';

/** A try that was made. */
export interface MadeTry extends WebhookTry {
  /** When the next is due, in milliseconds since 1970; null if there is to be none. */
  nextAt: number | null;
}

/** Notes what came of tries. What the poll has become meanwhile stays: opened again, it has nothing to tell. */
export async function noteTries(sql: AnySql, made: MadeTry[]): Promise<void> {
  const rows = made.map(({ pollId, version, tries, nextAt }) => ({
    poll_id: pollId,
    version,
    tries,
    next_at: nextAt === null ? null : new Date(nextAt).toISOString(),
  }));
  await sql`
    with made as materialized (
      select poll_key, given.next_at
      from jsonb_to_recordset(${sql.json(rows)})
          as given (poll_id uuid, version bigint, tries smallint, next_at timestamptz)
        join polls using (poll_id) join webhooks using (poll_key)
      where due_at is not null and final_version = given.version and webhooks.tries = given.tries
      order by poll_key for no key update of webhooks
    )
    update webhooks set tries = tries + 1, due_at = made.next_at
    from made where webhooks.poll_key = made.poll_key`;
}
