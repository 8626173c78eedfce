import middy from '@middy/core';
import { pageByPage } from '../../lib/concurrency/pages.ts';
import { kafkaConfig, postBudget, postgresConfig, realtimeConfig } from '../../lib/config.ts';
import { isHopeless } from '../../lib/errors.ts';
import { withRequestIds } from '../../lib/invocation.ts';
import { wakeShards } from '../../lib/kafka/announcePolls.ts';
import { openProducer } from '../../lib/kafka/openProducer.ts';
import { log } from '../../lib/log.ts';
import { meter, writeMetrics } from '../../lib/metrics.ts';
import { createParts, outages } from '../../lib/outages.ts';
import { requestReconnect } from '../../lib/realtime/connections.ts';
import { createLazyDisconnect } from '../../lib/realtime/post/disconnect.ts';
import { findStaleViews, type StaleViewsCursor } from '../../lib/realtime/staleViews.ts';
import {
  deleteOldUnsubscriptions,
  deleteUnwatchedPolls,
  listOldConnections,
  OLD_CONNECTIONS_PAGE,
  UNSUBSCRIPTIONS_PAGE,
} from '../../lib/sql/agingConnections.ts';
import { countConnections, deleteConnections } from '../../lib/sql/connections.ts';
import { createDatabase } from '../../lib/sql/database.ts';

const database = createDatabase(postgresConfig());
const kafka = kafkaConfig();
const producer = openProducer(kafka);
const budget = postBudget();
const disconnect = createLazyDisconnect(realtimeConfig());
const cursor: StaleViewsCursor = {};

// The time limit of each part; the next call continues.
const PART_MS = 15_000;
/** Each costs a request. On AWS these connections are already closed. */
const MAX_DISCONNECTED = 100;

async function deleteStale(deadline: number): Promise<void> {
  let swept = 0;
  const deletePage = async () => {
    const old = await database.run(listOldConnections);
    // Without its row, an open connection would get no more messages.
    await disconnect(old.slice(0, Math.max(0, MAX_DISCONNECTED - swept)));
    await database.run((sql) => deleteConnections(sql, old));
    swept += old.length;
    return old.length;
  };
  await pageByPage(deletePage, OLD_CONNECTIONS_PAGE, deadline);
  if (swept > 0) log.info('Stale connections removed.', { connections: swept });
  await database.run(deleteUnwatchedPolls);
  await pageByPage(() => database.run(deleteOldUnsubscriptions), UNSUBSCRIPTIONS_PAGE, deadline);
}

/** Without a metric, the sweep is no failure. */
async function measureConnections(): Promise<void> {
  if (!meter().isOn) return;
  const { attempt } = createParts(PART_MS);
  await attempt('Counting connections', async () => {
    meter().count('Connections', await database.run(countConnections));
  });
}

/** Makes every shard run a round, even if no view is stale. */
async function wake(deadline: number): Promise<void> {
  let isAwake = false;
  for await (const pollIds of findStaleViews(database, cursor, budget, deadline)) {
    if (!isAwake || pollIds.length > 0) await wakeAll(pollIds);
    isAwake = true;
  }
}

/** Skips a page that Kafka will never accept: it may accept the next one. */
async function wakeAll(pollIds: string[]): Promise<void> {
  try {
    await wakeShards(producer, budget.shards, pollIds);
    outages.success('Waking shards', 'hopeless');
  } catch (error) {
    if (!isHopeless(error)) throw error;
    outages.fault('Waking shards', error, 'hopeless');
  }
}

/** Runs every minute. Deletes connections that closed without a `$disconnect`, asks clients with aging
 * connections to reconnect, and wakes every shard, so viewers who missed a message catch up even without new
 * votes. A failed part does not stop the others. */
async function sweepConnections(): Promise<void> {
  const { attempt, faults } = createParts(PART_MS);
  await attempt('Removing connections', deleteStale);
  await attempt('Requesting reconnects', (deadline) => requestReconnect(database, producer, deadline));
  await attempt('Waking shards', wake);
  await measureConnections();
  if (faults.length > 0) throw faults[0];
}

export const handler = withRequestIds(middy(sweepConnections).use(writeMetrics()));
