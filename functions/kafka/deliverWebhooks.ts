import middy from '@middy/core';
import type { MSKEvent, MSKRecord } from 'aws-lambda';
import { signingKeys, webhookTargets } from '../../lib/config.ts';
import type { WebhookAttempt } from '../../lib/domain/webhookEvent.ts';
import { decodeWebhook } from '../../lib/kafka/webhookRecord.ts';
import { log } from '../../lib/log.ts';
import { outages } from '../../lib/outages.ts';
import { askPostgres } from '../../lib/sql/database.ts';
import { makeAttempts } from '../../lib/webhooks/attempts.ts';
import { createWebhookPoster } from '../../lib/webhooks/postWebhook.ts';

const keys = signingKeys();
const post = createWebhookPoster(webhookTargets());

// Receivers have ten seconds; Postgres, as ever, five before them and five after.
const PATIENCE_MS = 20_000;

function readRecord({ partition, offset, value }: MSKRecord): WebhookAttempt[] {
  try {
    return [decodeWebhook(value)];
  } catch (error) {
    log.error('A record of webhooks is skipped.', { partition, offset, error });
    return [];
  }
}

/** Makes the tries of a batch. A receiver that fails is asked again when it is due, which the schedule sees to; only
 * Postgres' faults fail the batch. */
async function deliverWebhooks({ records }: MSKEvent): Promise<void> {
  const tries = Object.values(records).flat().flatMap(readRecord);
  const deliver = () => askPostgres((sql) => makeAttempts({ sql, post, keys }, tries), PATIENCE_MS);
  await outages.watch('Delivering webhooks', deliver);
}

export const handler = middy(deliverWebhooks);
