import middy from '@middy/core';
import { kafkaConfig, postgresConfig } from '../../lib/config.ts';
import { kafkaClient } from '../../lib/kafka/client.ts';
import { createProducer } from '../../lib/kafka/producer.ts';
import { log } from '../../lib/log.ts';
import { connect } from '../../lib/sql/client.ts';
import { deleteLeftVotes } from '../../lib/sql/deleteLeftVotes.ts';
import { closePolls } from '../../lib/voting/closePolls.ts';
import { sendDueTries } from '../../lib/webhooks/sendDueTries.ts';

const sql = connect(postgresConfig());
const kafka = kafkaConfig();
const producer = createProducer(kafkaClient(kafka));

// With the closing before it, well within the function's minute.
const DELETING_MS = 30_000;

/** Every minute. Polls close by time, whether this runs or not; their results become final here and are sent
 * to who gets webhooks, and what is left of deleted ones goes. */
async function closeExpiredPolls(): Promise<void> {
  const waiting = await closePolls({ sql, producer, kafka });
  if (waiting > 0) log.info('Polls have ended of which not every vote is counted yet.', { polls: waiting });
  await sendDueTries(sql, producer);
  await deleteLeftVotes(sql, Date.now() + DELETING_MS);
}

export const handler = middy(closeExpiredPolls);
