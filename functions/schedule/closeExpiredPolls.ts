import middy from '@middy/core';
import { deadlineIn } from '../../lib/clock.ts';
import { kafkaConfig, postgresConfig, retainDays } from '../../lib/config.ts';
import { withRequestIds } from '../../lib/invocation.ts';
import { kafkaClient } from '../../lib/kafka/client.ts';
import { topicPartitions } from '../../lib/kafka/cluster.ts';
import { createProducer } from '../../lib/kafka/producer.ts';
import { topicsOf } from '../../lib/kafka/topics.ts';
import { log } from '../../lib/log.ts';
import { writeMetrics } from '../../lib/metrics.ts';
import { checkTallies } from '../../lib/polls/checkTallies.ts';
import { cleanUp } from '../../lib/polls/cleanUp.ts';
import { runDueWork } from '../../lib/polls/dueWork.ts';
import { createDatabase } from '../../lib/sql/database.ts';

const database = createDatabase(postgresConfig());
// Connections of its own: large deletions would delay openings and closings.
const cleaning = createDatabase(postgresConfig());
const kafka = kafkaConfig();
const retention = { retainDays: retainDays(), votesRetentionDays: kafka.votesRetentionDays };
const client = kafkaClient(kafka);
const producer = createProducer(client, kafka.topicPrefix);
const countPartitions = () => topicPartitions(client, topicsOf(kafka.topicPrefix).votes);

// Almost until the next call: the schedule fires once a minute, but polls close at any second.
const RUN_MS = 59_000;

/** Runs every minute, for a minute. Polls close by time even without it; it notifies their viewers, makes
 * results final, queues webhooks, and deletes what is old. */
async function closeExpiredPolls(): Promise<void> {
  const [waiting] = await Promise.all([
    runDueWork({ database, producer, kafka, countPartitions }, deadlineIn(RUN_MS)),
    cleanUp(cleaning, retention),
    checkTallies(cleaning),
  ]);
  if (waiting > 0) log.info('Closed polls are waiting for uncounted votes.', { polls: waiting });
}

export const handler = withRequestIds(middy(closeExpiredPolls).use(writeMetrics()));
