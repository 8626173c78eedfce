import middy from '@middy/core';
import type { Context } from 'aws-lambda';
import { until } from '../../lib/concurrency/deadline.ts';
import { kafkaConfig, type PostgresConfig, postgresConfig, postgresMaster } from '../../lib/config.ts';
import { isPermanent } from '../../lib/errors.ts';
import {
  answerCloudFormation,
  type CustomResourceEvent,
  isCustomResource,
} from '../../lib/infra/deploy/customResource.ts';
import { withRequestIds } from '../../lib/invocation.ts';
import { createTopics } from '../../lib/kafka/createTopics.ts';
import { log } from '../../lib/log.ts';
import { meter, writeMetrics } from '../../lib/metrics.ts';
import { awaitPostgres } from '../../lib/sql/awaitPostgres.ts';
import { connect, type Sql } from '../../lib/sql/client.ts';
import { closeAfter } from '../../lib/sql/closeAfter.ts';
import { type Migrated, migrate as migrateSchema, saveCluster } from '../../lib/sql/migrate.ts';
import { provision } from '../../lib/sql/provision.ts';
import { refuseSharedSessions } from '../../lib/sql/sessions.ts';

interface Prepared extends Migrated {
  /** Created by this call. */
  topics: string[];
}

// A paused database wakes in half a minute. Roles and addresses of a new stack may take as long to work.
const TIMEOUT_MS = 120_000;
const PAUSE_MS = 2_000;

/** Prepares role, database, schema and topics: as a resource of the stack, or when an operator invokes it. Safe to repeat,
 * also by an older version on a newer database.
 * @returns for an operator, what was created, and the migrations that this version does not know (`ahead`) */
async function migrate(event: unknown, context: Context): Promise<Prepared | undefined> {
  try {
    if (!isCustomResource(event)) return await prepare();
    if (!(await answer(event, context))) meter().count('MigrationsFailed');
    return undefined;
  } catch (error) {
    meter().count('MigrationsFailed');
    throw error;
  }
}

const answer = (event: CustomResourceEvent, context: Context) =>
  answerCloudFormation(event, context.getRemainingTimeInMillis(), async () => {
    const { migrations, topics, ahead } = await prepare();
    log.info('Migrated.', { migrations, topics, ahead });
    return { Schema: String(event.ResourceProperties['Schema']) };
  });

async function prepare(): Promise<Prepared> {
  const config = postgresConfig();
  const master = postgresMaster();
  await awaitPostgres(master ?? config, TIMEOUT_MS, PAUSE_MS);
  if (master) await provisionAs(master, config);
  await refuseSharedSessions(config);
  const sql = connect(config);
  return closeAfter(sql, prepareWith(sql));
}

async function provisionAs(master: PostgresConfig, application: PostgresConfig): Promise<void> {
  const sql = connect({ ...master, poolSize: 1 });
  const made = await closeAfter(sql, provision(sql, application));
  if (made.length > 0) log.info('Provisioned the database server.', { made });
  // The role's right to log in may be younger than a second.
  await awaitPostgres(application, TIMEOUT_MS, PAUSE_MS);
}

async function prepareWith(sql: Sql): Promise<Prepared> {
  const kafka = kafkaConfig();
  // The schema is first: it rejects a database that counts other topics before any topic is created.
  const { migrations, ahead } = await migrateSchema(sql, kafka.topicPrefix);
  const { created, clusterId } = await until(() => createTopics(kafka), TIMEOUT_MS, isPermanent, PAUSE_MS);
  const former = await saveCluster(sql, clusterId);
  if (former) log.warn('The topics are on a different Kafka cluster than before.', { former, clusterId });
  if (ahead.length > 0) log.warn('The database is ahead of this version and stays unchanged.', { ahead });
  return { migrations, topics: created, ahead };
}

export const handler = withRequestIds(middy(migrate).use(writeMetrics()));
