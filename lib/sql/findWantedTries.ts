import type { WebhookTry } from '../domain/webhooks.ts';
import type { AnySql } from './client.ts';

/** A try that is still to be made. */
export interface WantedTry extends WebhookTry {
  url: string;
  finalizedAt: Date;
}

/** Those of these tries that are still wanted, each once: not if it was noted already, the poll was opened again or
 * is deleted. */
export async function findWantedTries(sql: AnySql, tries: WebhookTry[]): Promise<WantedTry[]> {
  const asked = tries.map((one) => ({ ...one }));
  return sql<WantedTry[]>`
    select poll_id as "pollId", final_version as version, tries, url, finalized_at as "finalizedAt"
    from webhooks join polls using (poll_key)
    where due_at is not null and (poll_id, final_version, tries) in (
      select "pollId", version, tries
      from jsonb_to_recordset(${sql.json(asked)}) as asked ("pollId" uuid, version bigint, tries bigint)
    )`;
}
