import type { WebhookTry } from '../domain/webhooks.ts';
import type { AnySql } from './client.ts';

/** A try of which nothing is noted by then was lost on its way and is handed out again. Also how old its record may
 * get in Kafka, see eventSources.yml. */
const NOTED_WITHIN_SECONDS = 300;

/** Hands out the tries that are due, those that wait longest first. Whoever else looks meanwhile gets others.
 * @param now milliseconds since 1970 */
export async function takeDueTries(sql: AnySql, now: number, limit: number): Promise<WebhookTry[]> {
  return sql<WebhookTry[]>`
    with due as (
      select poll_key from webhooks where due_at <= ${new Date(now)}
      order by due_at limit ${limit}::integer for update skip locked
    )
    update webhooks set due_at = ${new Date(now + NOTED_WITHIN_SECONDS * 1_000)}
    from due join polls using (poll_key)
    where webhooks.poll_key = due.poll_key
    returning poll_id as "pollId", final_version as version, tries`;
}
