import middy from '@middy/core';
import { kafkaConfig, postgresConfig } from '../../lib/config.ts';
import { createTopics } from '../../lib/kafka/createTopics.ts';
import { connect } from '../../lib/sql/client.ts';
import { migrate as migrateSchema } from '../../lib/sql/migrate.ts';
import { refuseSharedSessions } from '../../lib/sql/refuseSharedSessions.ts';

/** What a deployment runs before anything else: schema and topics as this version needs them. Again does no
 * harm. Answers with what was new. */
async function migrate(): Promise<{ migrations: string[]; topics: string[] }> {
  const config = postgresConfig();
  await refuseSharedSessions(config);
  const sql = connect(config);
  try {
    const [migrations, topics] = await Promise.all([migrateSchema(sql), createTopics(kafkaConfig())]);
    return { migrations, topics };
  } finally {
    await sql.end();
  }
}

export const handler = middy(migrate);
