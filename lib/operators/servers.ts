import type { Kafka } from 'kafkajs';
import { commandKafkaConfig, type KafkaConfig, postgresConfig } from '../config.ts';
import { kafkaClient } from '../kafka/client.ts';
import { createProducer, type Producer } from '../kafka/producer.ts';
import { connect, type Sql } from '../sql/client.ts';

/** What commands work with: embedded, remote or on AWS, as the environment says. */
export interface Servers {
  sql: Sql;
  client: Kafka;
  producer: Producer;
  kafka: KafkaConfig;
  close(): Promise<void>;
}

export const SERVERS_HELP = `It works on the servers of npm start, or on those that the environment names as it does for the functions:
POSTGRES_*, KAFKA_*, VOTES_PARTITIONS and STANDINGS_PARTITIONS; on AWS, POSTGRES_AUTH=iam and KAFKA_AUTH=iam with
AWS_REGION, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN.`;

/** A query may still run on a server that hangs. */
const CLOSE_SECONDS = 1;

/** Connects to neither of them before it is used.
 * @throws {ConfigError} */
export function openServers(): Servers {
  const sql = connect(postgresConfig());
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
