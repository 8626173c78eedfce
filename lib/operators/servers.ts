import type { Kafka } from 'kafkajs';
import { type KafkaConfig, type PostgresConfig, postgresConfig } from '../config.ts';
import { ConfigError, UnavailableError } from '../errors.ts';
import { kafkaClient } from '../kafka/client.ts';
import { createProducer, type SettlingProducer } from '../kafka/producer.ts';
import { commandKafkaConfig } from '../localConfig.ts';
import { connect, type Sql } from '../sql/client.ts';
import { isFromPostgres } from '../sql/faults.ts';
import { refuseSharedSessions } from '../sql/sessions.ts';

/** The servers that the environment names: embedded, remote or on AWS. */
export interface Servers {
  sql: Sql;
  client: Kafka;
  producer: SettlingProducer;
  kafka: KafkaConfig;
  close(): Promise<void>;
}

export const SERVERS_HELP = `Connects to the servers of npm start by default. To use others, set the variables that the functions read:
POSTGRES_*, KAFKA_*, VOTES_PARTITIONS and STANDINGS_PARTITIONS. On AWS, set POSTGRES_AUTH=iam and KAFKA_AUTH=iam with
AWS_REGION, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN.`;

/** A query on a server that hangs may still be running. */
const CLOSE_SECONDS = 1;

/** Creates the clients; each connects when it is first used. Behind a pooler that loses prepared statements, the first
 * query rejects with a ConfigError: a command that repairs what is counted must not lose votes itself.
 * @throws {ConfigError} */
export function openServers(): Servers {
  const database = postgresConfig();
  const sql = connect(database, sharedSessionsRefuser(database));
  const kafka = commandKafkaConfig();
  const client = kafkaClient(kafka);
  const producer = createProducer(client, kafka.topicPrefix);
  return {
    sql,
    client,
    producer,
    kafka,
    close: async () => {
      await Promise.allSettled([sql.end({ timeout: CLOSE_SECONDS }), producer.disconnect()]);
    },
  };
}

function sharedSessionsRefuser(database: PostgresConfig): () => Promise<void> {
  let check: Promise<void> | undefined;
  return async () => {
    check ??= refuseSharedSessions(database);
    try {
      await check;
    } catch (error) {
      check = undefined;
      // Without an answer, the connection itself will fail, and say more. A server that answers, but has no connection
      // left for the check, may be such a pooler.
      const reason = error instanceof UnavailableError ? error.cause : error;
      if (reason instanceof ConfigError || isFromPostgres(reason)) throw reason;
    }
  };
}
