import { hostAndPort } from '../addresses.ts';
import { deadlineIn } from '../clock.ts';
import { until, withDeadline } from '../concurrency/deadline.ts';
import type { KafkaConfig, PostgresConfig } from '../config.ts';
import {
  ConfigError,
  ForeignTopicsError,
  MigrationError,
  messageOf,
  StartError,
  TopicError,
} from '../errors.ts';
import { connectAny, kafkaClient } from '../kafka/client.ts';
import { createTopics } from '../kafka/createTopics.ts';
import { connect, type Sql } from '../sql/client.ts';
import { closeAfter } from '../sql/closeAfter.ts';
import { migrate, saveCluster, unknownMigration } from '../sql/migrate.ts';
import { refuseSharedSessions } from '../sql/sessions.ts';

/** Embedded servers answer already. The user's own servers may still be starting, or may not exist. */
const ANSWER_LIMIT_MS = 10_000;

/** The last attempt can start just before the limit and hang on a connection that is accepted and never answered. */
const GRACE_MS = 1_000;

/** Waits until PostgreSQL answers. @throws StartError if it does not, or is unsuitable */
export async function requirePostgres(config: PostgresConfig): Promise<void> {
  await withPostgres(config, async (sql) => {
    const answers = until(() => sql`select`, ANSWER_LIMIT_MS);
    // Each attempt includes the client's own attempts to connect.
    await withDeadline(answers, deadlineIn(ANSWER_LIMIT_MS + GRACE_MS), 'The server');
    await refuseSharedSessions(config);
  });
}

/** @throws StartError if PostgreSQL does not answer, or contains another schema or the votes of other topics */
export async function prepareSchema(config: PostgresConfig, topicPrefix: string): Promise<void> {
  await withPostgres(config, async (sql) => {
    // An old version on newer data is probably a mix-up of folders or versions, so the user decides.
    const { ahead } = await migrate(sql, topicPrefix);
    if (ahead[0] !== undefined) throw unknownMigration(ahead[0]);
  });
}

async function withPostgres(config: PostgresConfig, work: (sql: Sql) => Promise<void>): Promise<void> {
  const sql = connect(config);
  try {
    await closeAfter(sql, work(sql));
  } catch (cause) {
    const where = `PostgreSQL at ${hostAndPort(config.host, config.port)}`;
    throw new StartError(`${where}: ${messageOf(cause)}${remedy(cause)}`, { cause });
  }
}

function remedy(error: unknown): string {
  if (error instanceof ForeignTopicsError || error instanceof ConfigError) return '';
  return error instanceof MigrationError
    ? ' Use the version that wrote it, or delete its polls and start with "npm start -- --fresh".'
    : ' Check that server, and POSTGRES_HOST, POSTGRES_PORT, POSTGRES_USER, POSTGRES_PASSWORD and POSTGRES_DB.';
}

/** Waits until a broker answers. @throws StartError if none does */
export async function requireKafka(config: KafkaConfig): Promise<void> {
  const client = kafkaClient(config);
  try {
    const admin = await connectAny(() => client.admin(), deadlineIn(ANSWER_LIMIT_MS));
    await admin.disconnect();
  } catch (cause) {
    throw kafkaFault(config, cause);
  }
}

/** @returns the id of the cluster
 * @throws StartError if Kafka does not answer, has too few brokers for the replicas, or has unsuitable topics */
export async function prepareTopics(config: KafkaConfig): Promise<string> {
  try {
    const isWrong = (error: unknown) => error instanceof TopicError;
    return (await until(() => createTopics(config), ANSWER_LIMIT_MS, isWrong)).clusterId;
  } catch (cause) {
    throw cause instanceof TopicError ? new StartError(cause.message, { cause }) : kafkaFault(config, cause);
  }
}

/** What a user can do about it. */
export function kafkaFault(config: KafkaConfig, cause: unknown): StartError {
  return new StartError(
    `Kafka at ${config.brokers.join(', ')}: ${messageOf(cause)} ` +
      'Check those brokers, KAFKA_BROKERS, and KAFKA_REPLICATION if there are fewer than three brokers.',
    { cause },
  );
}

/** Warns if the topics are on another cluster than at the last start: the old one may have uncounted votes. */
export async function noteCluster(
  config: PostgresConfig,
  clusterId: string,
  say: (line: string) => void,
): Promise<void> {
  const sql = connect(config);
  const former = await closeAfter(sql, saveCluster(sql, clusterId));
  if (former)
    say(`          The Kafka cluster has changed since the last start (${former}, now ${clusterId}).`);
}
