import middy from '@middy/core';
import { deadlineIn, wallClockMs } from '../../lib/clock.ts';
import { kafkaConfig, postgresConfig } from '../../lib/config.ts';
import { withRequestIds } from '../../lib/invocation.ts';
import { kafkaClient } from '../../lib/kafka/client.ts';
import { topicPartitions } from '../../lib/kafka/cluster.ts';
import { createProducer } from '../../lib/kafka/producer.ts';
import { topicsOf } from '../../lib/kafka/topics.ts';
import { log } from '../../lib/log.ts';
import { meter, writeMetrics } from '../../lib/metrics.ts';
import { createParts } from '../../lib/outages.ts';
import { runDueWork } from '../../lib/polls/dueWork.ts';
import type { Sql } from '../../lib/sql/client.ts';
import { deleteOldCreations } from '../../lib/sql/creations.ts';
import { createDatabase } from '../../lib/sql/database.ts';
import { deleteLeftVotes, deleteOldFormerPolls } from '../../lib/sql/deletePoll.ts';
import { sampleDrift } from '../../lib/sql/driftSample.ts';

const database = createDatabase(postgresConfig());
const kafka = kafkaConfig();
const client = kafkaClient(kafka);
const producer = createProducer(client, kafka.topicPrefix);
const countPartitions = () => topicPartitions(client, topicsOf(kafka.topicPrefix).votes);

// Almost until the next call: the schedule fires once a minute, but polls close at any second.
const RUN_MS = 59_000;
const CLEANUP_MS = 30_000;
// Includes the page that is being deleted when the time is over.
const CLEANUP_TIMEOUT_MS = CLEANUP_MS + 10_000;

async function checkTallies(sql: Sql): Promise<void> {
  if (!meter().isOn) return;
  const { drift } = await sampleDrift(sql);
  meter().count('Drift', drift.length);
  if (drift.length > 0)
    log.error('Tallies differ from their votes; npm run reconcile shows all.', { first: drift.slice(0, 5) });
}

/** Runs every minute, for a minute. Polls close by time even without it; it notifies their viewers, makes
 * results final, queues webhooks, and deletes expired rows: leftovers of deleted polls, old idempotency keys,
 * old records of deleted polls. */
async function closeExpiredPolls(): Promise<void> {
  const now = wallClockMs();
  // A failed cleanup must not end this call: it is logged, and the next call retries it.
  const { attempt } = createParts(CLEANUP_MS);
  const cleanUp = (what: string, work: (sql: Sql, by: number) => Promise<void>) =>
    attempt(what, (by) => database.run((sql) => work(sql, by), CLEANUP_TIMEOUT_MS));
  const [waiting] = await Promise.all([
    runDueWork({ database, producer, kafka, countPartitions }, deadlineIn(RUN_MS)),
    cleanUp('Deleting votes of deleted polls', (sql, by) => deleteLeftVotes(sql, by)),
    cleanUp('Deleting old idempotency keys', (sql, by) => deleteOldCreations(sql, now, by)),
    cleanUp('Deleting old records of deleted polls', (sql, by) =>
      deleteOldFormerPolls(sql, kafka.votesRetentionDays, now, by),
    ),
    cleanUp('Checking tallies', checkTallies),
  ]);
  if (waiting > 0) log.info('Closed polls wait for uncounted votes.', { polls: waiting });
}

export const handler = withRequestIds(middy(closeExpiredPolls).use(writeMetrics()));
