import middy from '@middy/core';
import { postgresConfig, signingKeys, webhookTargets } from '../../lib/config.ts';
import type { WebhookAttempt } from '../../lib/domain/webhookEvent.ts';
import { withRequestIds } from '../../lib/invocation.ts';
import {
  type BatchesEvent,
  type DecodedBatch,
  decodeEach,
  partitionBatches,
} from '../../lib/kafka/partitionBatches.ts';
import { decodeWebhook } from '../../lib/kafka/webhookRecord.ts';
import { writeMetrics } from '../../lib/metrics.ts';
import { outages } from '../../lib/outages.ts';
import { createDatabase } from '../../lib/sql/database.ts';
import { createDelivery } from '../../lib/webhooks/attempts.ts';
import { createWebhookPoster } from '../../lib/webhooks/postWebhook.ts';

const deliver = createDelivery({
  database: createDatabase(postgresConfig()),
  keys: signingKeys(),
  post: createWebhookPoster(webhookTargets()),
});

/** Makes the attempts of a batch. The schedule retries failed attempts when they are due; only a Postgres
 * error fails the batch. */
async function deliverWebhooks({ batches }: BatchesEvent<DecodedBatch<WebhookAttempt>>): Promise<void> {
  const attempts = batches.flatMap(({ decoded }) => decoded.map(({ value }) => value));
  await outages.watch('Delivering webhooks', () => deliver(attempts));
}

export const handler = withRequestIds(
  middy(deliverWebhooks)
    .use(writeMetrics())
    .use(partitionBatches(decodeEach('webhooks', decodeWebhook))),
);
