import { pageByPage } from '../concurrency/pages.ts';
import type { FollowPolicy } from '../domain/following.ts';
import { isPermanent } from '../errors.ts';
import { wakeShards } from '../kafka/announcePolls.ts';
import type { Producer } from '../kafka/producer.ts';
import { log } from '../log.ts';
import { meter } from '../metrics.ts';
import { createParts, outages } from '../outages.ts';
import {
  deleteOldUnsubscriptions,
  deleteUnwatchedPolls,
  listOldConnections,
  OLD_CONNECTIONS_PAGE,
  UNSUBSCRIPTIONS_PAGE,
} from '../sql/agingConnections.ts';
import { countConnections, deleteConnections } from '../sql/connections.ts';
import type { Database } from '../sql/database.ts';
import { requestReconnect } from './connections.ts';
import type { TryToDisconnect } from './post/disconnect.ts';
import { findStaleViews, type StaleViewsCursor } from './staleViews.ts';

export interface SweepDeps {
  database: Database;
  producer: Producer;
  budget: FollowPolicy & { shards: number };
  disconnect: TryToDisconnect;
  /** Where the last sweep stopped looking for stale views. */
  cursor: StaleViewsCursor;
}

// The time limit of each part; the next call continues.
const PART_MS = 15_000;
/** The limit of each sweep, because each disconnect costs a request. On AWS these connections are already closed. */
const MAX_DISCONNECTED = 100;

async function deleteStale({ database, disconnect }: SweepDeps, deadline: number): Promise<void> {
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

/** A failure to measure does not fail the sweep. */
async function measureConnections({ database }: SweepDeps): Promise<void> {
  if (!meter().isOn) return;
  const { attempt } = createParts(PART_MS);
  await attempt('Counting connections', async () => {
    meter().count('Connections', await database.run(countConnections));
  });
}

/** Makes every shard run a round, even if no view is stale. */
async function wake(deps: SweepDeps, deadline: number): Promise<void> {
  const { database, budget, cursor } = deps;
  let isAwake = false;
  for await (const pollIds of findStaleViews(database, cursor, budget, deadline)) {
    if (!isAwake || pollIds.length > 0) await wakeAll(deps, pollIds);
    isAwake = true;
  }
}

/** Skips a page that Kafka will never accept: it may accept the next one. */
async function wakeAll({ producer, budget }: SweepDeps, pollIds: string[]): Promise<void> {
  try {
    await wakeShards(producer, budget.shards, pollIds);
    outages.success('Waking shards', 'permanent');
  } catch (error) {
    if (!isPermanent(error)) throw error;
    outages.fault('Waking shards', error, 'permanent');
  }
}

/** Deletes connections that closed without a `$disconnect`, asks clients with aging connections to reconnect, and wakes
 * every shard, so viewers who missed a message catch up even without new votes. A failed part does not stop the others.
 * @throws the first part's error */
export async function sweep(deps: SweepDeps): Promise<void> {
  const { attempt, faults } = createParts(PART_MS);
  await attempt('Removing stale connections', (deadline) => deleteStale(deps, deadline));
  await attempt('Requesting reconnects', (deadline) =>
    requestReconnect(deps.database, deps.producer, deadline),
  );
  await attempt('Waking shards', (deadline) => wake(deps, deadline));
  await measureConnections(deps);
  if (faults.length > 0) throw faults[0];
}
