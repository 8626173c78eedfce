import middy from '@middy/core';
import { kafkaConfig, postgresConfig } from '../../lib/config.ts';
import { createTopics } from '../../lib/kafka/createTopics.ts';
import { log } from '../../lib/log.ts';
import { connect } from '../../lib/sql/client.ts';
import { migrate as migrateSchema } from '../../lib/sql/migrate.ts';
import { saveCluster } from '../../lib/sql/saveCluster.ts';

/** What a deployment runs before anything else: schema and topics as this version needs them. Again does no
 * harm. Answers with what was new. */
async function migrate(): Promise<{ migrations: string[]; topics: string[] }> {
  const kafka = kafkaConfig();
  const sql = connect(postgresConfig());
  try {
    // First, so that no topics are made for a database that counts others.
    const migrations = await migrateSchema(sql, kafka.topicPrefix);
    const { created, clusterId } = await createTopics(kafka);
    const former = await saveCluster(sql, clusterId);
    if (former) log.warn('The topics are on another Kafka cluster than before.', { former, clusterId });
    return { migrations, topics: created };
  } finally {
    await sql.end();
  }
}

export const handler = middy(migrate);
