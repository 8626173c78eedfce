import middy from '@middy/core';
import { deadlineIn, wallClockMs } from '../../lib/clock.ts';
import { kafkaConfig, postgresConfig } from '../../lib/config.ts';
import { kafkaClient } from '../../lib/kafka/client.ts';
import { topicPartitions } from '../../lib/kafka/cluster.ts';
import { createProducer } from '../../lib/kafka/producer.ts';
import { topicsOf } from '../../lib/kafka/topics.ts';
import { log } from '../../lib/log.ts';
import { createParts } from '../../lib/outages.ts';
import { runDueWork } from '../../lib/polls/dueWork.ts';
import type { Sql } from '../../lib/sql/client.ts';
import { deleteOldCreations } from '../../lib/sql/creations.ts';
import { createDatabase } from '../../lib/sql/database.ts';
import { deleteLeftVotes, deleteOldFormerPolls } from '../../lib/sql/deletePoll.ts';

const database = createDatabase(postgresConfig());
const kafka = kafkaConfig();
const client = kafkaClient(kafka);
const producer = createProducer(client, kafka.topicPrefix);
const countPartitions = () => topicPartitions(client, topicsOf(kafka.topicPrefix).votes);

// Nearly until the next call: a schedule calls once a minute, and polls end at any moment of it.
const STAY_MS = 59_000;
const DELETING_MS = 30_000;
/** Between two looks at the time, a part deletes a page. */
const DELETING_PATIENCE_MS = DELETING_MS + 10_000;

/** Every minute, for a minute. Polls close by time, whether this runs or not; those who watch hear of it from
 * here, results become final here and are sent to who gets webhooks, and what is left of deleted polls goes, with
 * names of creations and of deleted polls that are old. */
async function closeExpiredPolls(): Promise<void> {
  const now = wallClockMs();
  // What is tidied up beside must not end this call, so its faults are only logged: the next one tries again.
  const { attempt } = createParts(DELETING_MS);
  const tidyUp = (what: string, work: (sql: Sql, by: number) => Promise<void>) =>
    attempt(what, (by) => database.run((sql) => work(sql, by), DELETING_PATIENCE_MS));
  const [waiting] = await Promise.all([
    runDueWork({ database, producer, kafka, countPartitions }, deadlineIn(STAY_MS)),
    tidyUp('Deleting votes of deleted polls', (sql, by) => deleteLeftVotes(sql, by)),
    tidyUp('Deleting old idempotency keys', (sql, by) => deleteOldCreations(sql, now, by)),
    tidyUp('Deleting old records of deleted polls', (sql, by) =>
      deleteOldFormerPolls(sql, kafka.votesRetentionDays, now, by),
    ),
  ]);
  if (waiting > 0) log.info('Polls have ended of which not every vote is counted yet.', { polls: waiting });
}

export const handler = middy(closeExpiredPolls);
