import middy from '@middy/core';
import { pageByPage } from '../../lib/concurrency/pages.ts';
import { kafkaConfig, postBudget, postgresConfig } from '../../lib/config.ts';
import { isHopeless } from '../../lib/errors.ts';
import { wakeShards } from '../../lib/kafka/announcePolls.ts';
import { kafkaClient } from '../../lib/kafka/client.ts';
import { createProducer } from '../../lib/kafka/producer.ts';
import { log } from '../../lib/log.ts';
import { createParts, outages } from '../../lib/outages.ts';
import { requestReconnect } from '../../lib/realtime/connections.ts';
import { findStaleViews, type StaleViewsCursor } from '../../lib/realtime/staleViews.ts';
import {
  deleteOldConnections,
  deleteUnwatchedPolls,
  OLD_CONNECTIONS_PAGE,
} from '../../lib/sql/agingConnections.ts';
import { createDatabase } from '../../lib/sql/database.ts';

const database = createDatabase(postgresConfig());
const kafka = kafkaConfig();
const producer = createProducer(kafkaClient(kafka), kafka.topicPrefix);
const { postsPerSecond, shards } = postBudget();
const cursor: StaleViewsCursor = {};

// Each part takes so long at most, however much there is; the rest is for the next call.
const PART_MS = 15_000;

async function forgetOld(deadline: number): Promise<void> {
  let swept = 0;
  const deletePage = async () => {
    const count = await database.run(deleteOldConnections);
    swept += count;
    return count;
  };
  await pageByPage(deletePage, OLD_CONNECTIONS_PAGE, deadline);
  if (swept > 0) log.info('Stale connections removed.', { connections: swept });
  await database.run(deleteUnwatchedPolls);
}

/** Has every shard make a round, whether anything is overdue or not. */
async function wake(deadline: number): Promise<void> {
  let isAwake = false;
  for await (const pollIds of findStaleViews(database, cursor, postsPerSecond, deadline)) {
    if (!isAwake || pollIds.length > 0) await wakeAll(pollIds);
    isAwake = true;
  }
}

/** What Kafka will never take is passed over: the next page may be one that it takes. */
async function wakeAll(pollIds: string[]): Promise<void> {
  try {
    await wakeShards(producer, shards, pollIds);
  } catch (error) {
    if (!isHopeless(error)) throw error;
    outages.fault('Waking shards', error, 'hopeless');
  }
}

/** Every minute. Forgets connections whose end nobody reported, has aging ones renewed, and has every shard make a
 * round, so that those who missed a message hear it, though nobody votes any more. What stops one of these does not
 * stop the others. */
async function sweepConnections(): Promise<void> {
  const { attempt, faults } = createParts(PART_MS);
  await attempt('Forgetting connections', forgetOld);
  await attempt('Having connections renewed', (by) => requestReconnect(database, producer, by));
  await attempt('Waking shards', wake);
  if (faults.length > 0) throw faults[0];
}

export const handler = middy(sweepConnections);
