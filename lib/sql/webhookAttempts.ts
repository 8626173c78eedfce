import type { EventTimes, WebhookAttempt, WebhookEvent } from '../domain/webhookEvent.ts';
import type { AnySql } from './client.ts';

/** An attempt without a recorded outcome by then is lost and handed out again. Also the maximum age of its
 * Kafka record, see eventSources.js. */
const NOTED_WITHIN_SECONDS = 300;

/** Hands out due attempts, the longest waiting first. Concurrent calls get different ones.
 * @param now see `databaseNow` */
export async function takeDueAttempts(sql: AnySql, now: number, limit: number): Promise<WebhookAttempt[]> {
  return sql<WebhookAttempt[]>`
    with due as (
      select poll_key from webhooks where due_at <= ${new Date(now)}
      order by due_at limit ${limit}::integer for update skip locked
    )
    update webhooks set due_at = ${new Date(now + NOTED_WITHIN_SECONDS * 1_000)}
    from due join polls using (poll_key)
    where webhooks.poll_key = due.poll_key
    returning poll_id as "pollId", final_version as version, tries`;
}

export interface MadeAttempt extends WebhookAttempt {
  /** What was sent: a poll's events share its version, and each starts at no tries. */
  event: WebhookEvent['type'];
  /** When the next attempt is due, in milliseconds since 1970; null for none. */
  nextAt: number | null;
}

/** Records the outcome of attempts. Skips polls that were reopened or became final anew meanwhile, or whose next
 * event is due. */
export async function recordAttempts(sql: AnySql, made: MadeAttempt[]): Promise<void> {
  const rows = made.map(({ pollId, version, tries, event, nextAt }) => ({
    poll_id: pollId,
    version,
    tries,
    is_warning: event === 'poll.expiring',
    next_at: nextAt === null ? null : new Date(nextAt).toISOString(),
  }));
  await sql`
    with made as materialized (
      select poll_key, given.next_at
      from jsonb_to_recordset(${sql.json(rows)})
          as given (poll_id uuid, version bigint, tries smallint, is_warning boolean, next_at timestamptz)
        join polls using (poll_id) join webhooks using (poll_key)
      where due_at is not null and final_version = given.version and webhooks.tries = given.tries
        and (warned_at is not null) = is_warning
      order by poll_key for no key update of webhooks
    )
    update webhooks set tries = tries + 1, due_at = made.next_at
    from made where webhooks.poll_key = made.poll_key`;
}

export interface WantedAttempt extends WebhookAttempt, EventTimes {
  url: string;
}

/** Returns the attempts that are still needed, without duplicates: not those already recorded, nor those of
 * reopened or deleted polls. */
export async function findWantedAttempts(sql: AnySql, tries: WebhookAttempt[]): Promise<WantedAttempt[]> {
  const asked = tries.map((one) => ({ ...one }));
  return sql<WantedAttempt[]>`
    select poll_id as "pollId", final_version as version, tries, url, finalized_at as "finalizedAt",
      warned_at as "warnedAt", expires_at as "expiresAt"
    from webhooks join polls using (poll_key)
    where due_at is not null and (poll_id, final_version, tries) in (
      select "pollId", version, tries
      from jsonb_to_recordset(${sql.json(asked)}) as asked ("pollId" uuid, version bigint, tries bigint)
    )`;
}
