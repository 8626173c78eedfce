import type { KafkaConfig, PostgresConfig } from '../config.ts';
import { ForeignTopicsError, MigrationError, StartError, TopicError } from '../errors.ts';
import { createTopics } from '../kafka/createTopics.ts';
import { listMembers } from '../kafka/listMembers.ts';
import { messageOf } from '../messageOf.ts';
import { connect, type Sql } from '../sql/client.ts';
import { migrate } from '../sql/migrate.ts';
import { saveCluster } from '../sql/saveCluster.ts';
import { until } from './until.ts';

/** Ours answer by now. Those of the user may be starting as well, or may not be there at all. */
const ANSWER_LIMIT_MS = 10_000;
/** The consumers of a start that was killed are in their groups until their sessions of ten seconds are over. */
const LEAVE_LIMIT_MS = 15_000;

/** @throws StartError when PostgreSQL does not answer, or holds another schema or the votes of other topics */
export async function prepareSchema(config: PostgresConfig, topicPrefix: string): Promise<void> {
  await withPostgres(config, async (sql) => {
    try {
      await until(() => migrate(sql, topicPrefix), ANSWER_LIMIT_MS, isInVain);
    } catch (cause) {
      throw new StartError(
        `PostgreSQL at ${config.host}:${config.port}: ${messageOf(cause)}${remedy(cause)}`,
        {
          cause,
        },
      );
    }
  });
}

const isInVain = (error: unknown) => error instanceof MigrationError || error instanceof ForeignTopicsError;

function remedy(error: unknown): string {
  if (error instanceof ForeignTopicsError) return '';
  return error instanceof MigrationError
    ? ' Go back to the version that wrote it, or start anew with "npm start -- --fresh" (its polls are lost).'
    : ' See to that server, or to POSTGRES_HOST, POSTGRES_PORT, POSTGRES_USER, POSTGRES_PASSWORD and POSTGRES_DB.';
}

/**
 * Makes sure that nobody else is in the consumer groups of this start: two emulators would split the partitions, and
 * each would count half of the other's votes away and leave half of the other's viewers without news.
 *
 * @param own the client id of our own consumers, which a start that was killed has left behind
 * @throws StartError when somebody stays, or Kafka does not answer
 */
export async function refuseOtherMembers(config: KafkaConfig, groups: string[], own: string): Promise<void> {
  const look = async () => {
    const other = (await listMembers(config, groups)).find(({ clientId }) => clientId !== own);
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
  const former = await withPostgres(config, (sql) => saveCluster(sql, clusterId));
  if (former) say(`          Kafka is another cluster than at the last start (${former}, now ${clusterId})`);
}

async function withPostgres<T>(config: PostgresConfig, work: (sql: Sql) => Promise<T>): Promise<T> {
  const sql = connect(config);
  try {
    return await work(sql);
  } finally {
    await sql.end();
  }
}
