import middy from '@middy/core';
import { kafkaConfig, postBudget, postgresConfig } from '../../lib/config.ts';
import { wakeShards } from '../../lib/kafka/announcePolls.ts';
import { kafkaClient } from '../../lib/kafka/client.ts';
import { createProducer } from '../../lib/kafka/producer.ts';
import { log } from '../../lib/log.ts';
import { findOverduePolls } from '../../lib/realtime/overduePolls.ts';
import { tellToReconnect } from '../../lib/realtime/tellToReconnect.ts';
import { connect } from '../../lib/sql/client.ts';
import { deleteOldConnections } from '../../lib/sql/deleteOldConnections.ts';

const sql = connect(postgresConfig());
const kafka = kafkaConfig();
const producer = createProducer(kafkaClient(kafka), kafka.topicPrefix);
const { postsPerSecond, shards } = postBudget();

/** Every minute. Forgets connections whose end nobody reported, has aging ones renewed, and has every shard make a
 * round, so that whoever missed a message hears it, though nobody votes any more. */
async function sweepConnections(): Promise<void> {
  const swept = await deleteOldConnections(sql);
  if (swept > 0) log.info('Connections were forgotten whose end was not reported.', { connections: swept });
  await tellToReconnect(sql, producer);
  await wakeShards(producer, shards, await findOverduePolls(sql, postsPerSecond));
}

export const handler = middy(sweepConnections);
