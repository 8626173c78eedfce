import type { KafkaConfig, PostgresConfig } from '../config.ts';
import { MigrationError, StartError } from '../errors.ts';
import { createTopics } from '../kafka/createTopics.ts';
import { messageOf } from '../messageOf.ts';
import { connect, type Sql } from '../sql/client.ts';
import { closeAfter } from '../sql/closeAfter.ts';
import { migrate, unknownMigration } from '../sql/migrate.ts';
import { withDeadline } from '../withDeadline.ts';
import { until } from './until.ts';

/** Ours answer by now. Those of the user may be starting as well, or may not be there at all. */
const ANSWER_LIMIT_MS = 10_000;

/** The last try before it may take as long as a connection that is accepted and never answered. */
const GRACE_MS = 1_000;

/** @throws StartError when PostgreSQL does not answer, or holds another schema */
export async function prepareSchema(config: PostgresConfig): Promise<void> {
  const sql = connect(config);
  try {
    await closeAfter(sql, prepare(sql));
  } catch (cause) {
    const remedy =
      cause instanceof MigrationError
        ? 'Go back to the version that wrote it, or start anew with "npm start -- --fresh" (its polls are lost).'
        : 'See to that server, or to POSTGRES_HOST, POSTGRES_PORT, POSTGRES_USER, POSTGRES_PASSWORD and POSTGRES_DB.';
    throw new StartError(`PostgreSQL at ${config.host}:${config.port}: ${messageOf(cause)} ${remedy}`, {
      cause,
    });
  }
}

async function prepare(sql: Sql): Promise<void> {
  const answers = until(() => sql`select`, ANSWER_LIMIT_MS);
  // The client's own attempts to connect are inside of one of ours.
  await withDeadline(answers, Date.now() + ANSWER_LIMIT_MS + GRACE_MS, 'It');
  // An older version on newer data means that folders or versions were mixed up; the user can choose.
  const { ahead } = await migrate(sql);
  if (ahead[0] !== undefined) throw unknownMigration(ahead[0]);
}

/** @throws StartError when Kafka does not answer, or has too few brokers for the replicas */
export async function prepareTopics(config: KafkaConfig): Promise<void> {
  try {
    await until(() => createTopics(config), ANSWER_LIMIT_MS);
  } catch (cause) {
    throw new StartError(
      `Kafka at ${config.brokers.join(', ')}: ${messageOf(cause)} ` +
        'See to those brokers, to KAFKA_BROKERS, and to KAFKA_REPLICATION if they are fewer than three.',
      { cause },
    );
  }
}
