import type { KafkaConfig, PostgresConfig } from '../config.ts';
import { MigrationError, StartError } from '../errors.ts';
import { createTopics } from '../kafka/createTopics.ts';
import { messageOf } from '../messageOf.ts';
import { connect } from '../sql/client.ts';
import { migrate } from '../sql/migrate.ts';
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
    const answers = until(() => sql`select`, ANSWER_LIMIT_MS);
    // The client's own attempts to connect are inside of one of ours.
    await withDeadline(answers, Date.now() + ANSWER_LIMIT_MS + GRACE_MS, 'It');
    await migrate(sql);
  } catch (cause) {
    const remedy =
      cause instanceof MigrationError
        ? 'Go back to the version that wrote it, or start anew with "npm start -- --fresh" (its polls are lost).'
        : 'See to that server, or to POSTGRES_HOST, POSTGRES_PORT, POSTGRES_USER, POSTGRES_PASSWORD and POSTGRES_DB.';
    throw new StartError(`PostgreSQL at ${config.host}:${config.port}: ${messageOf(cause)} ${remedy}`, {
      cause,
    });
  } finally {
    await sql.end({ timeout: 0 });
  }
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
