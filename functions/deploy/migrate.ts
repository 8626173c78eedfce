import middy from '@middy/core';
import { kafkaConfig, postgresConfig } from '../../lib/config.ts';
import { withRequestIds } from '../../lib/invocation.ts';
import { createTopics } from '../../lib/kafka/createTopics.ts';
import { log } from '../../lib/log.ts';
import { connect, type Sql } from '../../lib/sql/client.ts';
import { closeAfter } from '../../lib/sql/closeAfter.ts';
import { type Migrated, migrate as migrateSchema, saveCluster } from '../../lib/sql/migrate.ts';
import { refuseSharedSessions } from '../../lib/sql/sessions.ts';

/** Prepares the schema and the topics before a deployment. Safe to repeat, also by an older version on a
 * newer database.
 * @returns what was created, and the migrations that this version does not know (`ahead`) */
async function migrate(): Promise<Migrated & { topics: string[] }> {
  const config = postgresConfig();
  await refuseSharedSessions(config);
  const sql = connect(config);
  return closeAfter(sql, prepare(sql));
}

async function prepare(sql: Sql): Promise<Migrated & { topics: string[] }> {
  const kafka = kafkaConfig();
  // The schema is first: it rejects a database that counts other topics before any topic is created.
  const { migrations, ahead } = await migrateSchema(sql, kafka.topicPrefix);
  const { created, clusterId } = await createTopics(kafka);
  const former = await saveCluster(sql, clusterId);
  if (former) log.warn('The topics are on a different Kafka cluster than before.', { former, clusterId });
  if (ahead.length > 0) log.warn('The database is ahead of this version and stays unchanged.', { ahead });
  return { migrations, topics: created, ahead };
}

export const handler = withRequestIds(middy(migrate));
