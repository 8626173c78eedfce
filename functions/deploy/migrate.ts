import middy from '@middy/core';
import { kafkaConfig, postgresConfig } from '../../lib/config.ts';
import { createTopics } from '../../lib/kafka/createTopics.ts';
import { log } from '../../lib/log.ts';
import { connect } from '../../lib/sql/client.ts';
import { closeAfter } from '../../lib/sql/closeAfter.ts';
import { type Migrated, migrate as migrateSchema } from '../../lib/sql/migrate.ts';

/** What a deployment runs before anything else: schema and topics as this version needs them. Again does no
 * harm, nor does an older version on a newer database. Answers with what was new, and with what it does not know. */
async function migrate(): Promise<Migrated & { topics: string[] }> {
  const sql = connect(postgresConfig());
  const work = Promise.all([migrateSchema(sql), createTopics(kafkaConfig())]);
  const [{ migrations, ahead }, topics] = await closeAfter(sql, work);
  if (ahead.length > 0) log.warn('The database is ahead of this version, and stays as it is.', { ahead });
  return { migrations, topics, ahead };
}

export const handler = middy(migrate);
