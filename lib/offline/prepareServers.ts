import type { KafkaConfig, PostgresConfig } from '../config.ts';
import { ConfigError, MigrationError, StartError } from '../errors.ts';
import { createTopics } from '../kafka/createTopics.ts';
import { messageOf } from '../messageOf.ts';
import { connect } from '../sql/client.ts';
import { migrate } from '../sql/migrate.ts';
import { refuseSharedSessions } from '../sql/refuseSharedSessions.ts';
import { until } from './until.ts';

/** Ours answer by now. Those of the user may be starting as well, or may not be there at all. */
const ANSWER_LIMIT_MS = 10_000;

/** @throws StartError when PostgreSQL does not answer, or holds another schema */
export async function prepareSchema(config: PostgresConfig): Promise<void> {
  const sql = connect(config);
  try {
    await until(
      async () => {
        await refuseSharedSessions(config);
        await migrate(sql);
      },
      ANSWER_LIMIT_MS,
      (error) => error instanceof MigrationError || error instanceof ConfigError,
    );
  } catch (cause) {
    if (cause instanceof ConfigError) {
      throw new StartError(`PostgreSQL at ${config.host}:${config.port}: ${cause.message}`, { cause });
    }
    const remedy =
      cause instanceof MigrationError
        ? 'Go back to the version that wrote it, or start anew with "npm start -- --fresh" (its polls are lost).'
        : 'See to that server, or to POSTGRES_HOST, POSTGRES_PORT, POSTGRES_USER, POSTGRES_PASSWORD and POSTGRES_DB.';
    throw new StartError(`PostgreSQL at ${config.host}:${config.port}: ${messageOf(cause)} ${remedy}`, {
      cause,
    });
  } finally {
    await sql.end();
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
