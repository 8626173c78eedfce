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
    update webhooks set tries = webhooks.tries + 1, due_at = made.next_at
    from jsonb_to_recordset(${sql.json(rows)})
      as made (poll_id uuid, version bigint, tries smallint, next_at timestamptz)
    join polls using (poll_id)
    where webhooks.poll_key = polls.poll_key and due_at is not null
      and final_version = made.version and webhooks.tries = made.tries`;
}
