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
import { listMembers } from '../kafka/cluster.ts';
import { createTopics } from '../kafka/createTopics.ts';
import { connect, type Sql } from '../sql/client.ts';
import { closeAfter } from '../sql/closeAfter.ts';
import { migrate, saveCluster, unknownMigration } from '../sql/migrate.ts';
import { refuseSharedSessions } from '../sql/sessions.ts';

/** Ours answer by now. Those of the user may be starting as well, or may not be there at all. */
const ANSWER_LIMIT_MS = 10_000;
/** The consumers of a start that was killed are in their groups until their sessions of ten seconds are over. */
const LEAVE_LIMIT_MS = 15_000;

/** The last try before it may take as long as a connection that is accepted and never answered. */
const GRACE_MS = 1_000;

/** Waits until PostgreSQL answers. @throws StartError when it does not, or what answers will not do */
export async function awaitPostgres(config: PostgresConfig): Promise<void> {
  await withPostgres(config, async (sql) => {
    const answers = until(() => sql`select`, ANSWER_LIMIT_MS);
    // The client's own attempts to connect are inside of one of ours.
    await withDeadline(answers, deadlineIn(ANSWER_LIMIT_MS + GRACE_MS), 'It');
    await refuseSharedSessions(config);
  });
}

/** @throws StartError when PostgreSQL does not answer, or holds another schema or the votes of other topics */
export async function prepareSchema(config: PostgresConfig, topicPrefix: string): Promise<void> {
  await withPostgres(config, async (sql) => {
    // An older version on newer data means that folders or versions were mixed up; the user can choose.
    const { ahead } = await migrate(sql, topicPrefix);
    if (ahead[0] !== undefined) throw unknownMigration(ahead[0]);
  });
}

async function withPostgres(config: PostgresConfig, work: (sql: Sql) => Promise<void>): Promise<void> {
  const sql = connect(config);
  try {
    await closeAfter(sql, work(sql));
  } catch (cause) {
    const where = `PostgreSQL at ${config.host}:${config.port}`;
    throw new StartError(`${where}: ${messageOf(cause)}${remedy(cause)}`, { cause });
  }
}

function remedy(error: unknown): string {
  if (error instanceof ForeignTopicsError || error instanceof ConfigError) return '';
  return error instanceof MigrationError
    ? ' Go back to the version that wrote it, or start anew with "npm start -- --fresh" (its polls are lost).'
    : ' See to that server, or to POSTGRES_HOST, POSTGRES_PORT, POSTGRES_USER, POSTGRES_PASSWORD and POSTGRES_DB.';
}

/**
 * Makes sure that nobody else is in the consumer groups of this start: two emulators would split the partitions, and
 * each would count half of the other's votes away and leave half of the other's viewers without news.
 *
 * @param own the instance in the client ids of our own consumers, which a start that was killed has left behind
 * @throws StartError when somebody stays, or Kafka does not answer
 */
export async function refuseOtherMembers(config: KafkaConfig, groups: string[], own: string): Promise<void> {
  const look = async () => {
    const other = (await listMembers(config, groups)).find(({ clientId }) => !clientId.includes(`.${own}@`));
    if (other) throw new StartError(describeOther(config, `${other.clientId} at ${other.clientHost}`));
  };
  await until(look, LEAVE_LIMIT_MS).catch((cause) => {
    throw cause instanceof StartError ? cause : kafkaFault(config, cause);
  });
}

function describeOther(config: KafkaConfig, who: string): string {
  return (
    `Kafka at ${config.brokers.join(', ')}: another system counts the votes of these topics (${who}), and two would ` +
    'take them from each other. Stop that one, or give this one topics of its own with KAFKA_TOPIC_PREFIX and a ' +
    'database of its own.'
  );
}

/** @returns the id of the cluster
 * @throws StartError when Kafka does not answer, has too few brokers for the replicas, or topics that will not do */
export async function prepareTopics(config: KafkaConfig): Promise<string> {
  try {
    const isWrong = (error: unknown) => error instanceof TopicError;
    return (await until(() => createTopics(config), ANSWER_LIMIT_MS, isWrong)).clusterId;
  } catch (cause) {
    throw cause instanceof TopicError ? new StartError(cause.message, { cause }) : kafkaFault(config, cause);
  }
}

function kafkaFault(config: KafkaConfig, cause: unknown): StartError {
  return new StartError(
    `Kafka at ${config.brokers.join(', ')}: ${messageOf(cause)} ` +
      'See to those brokers, to KAFKA_BROKERS, and to KAFKA_REPLICATION if they are fewer than three.',
    { cause },
  );
}

/** Says so when the topics are on another cluster than at the last start: votes that were not counted there yet are
 * not here. */
export async function noteCluster(
  config: PostgresConfig,
  clusterId: string,
  say: (line: string) => void,
): Promise<void> {
  const sql = connect(config);
  const former = await closeAfter(sql, saveCluster(sql, clusterId));
  if (former) say(`          Kafka is another cluster than at the last start (${former}, now ${clusterId})`);
}
