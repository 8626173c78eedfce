import middy from '@middy/core';
import { kafkaConfig, postBudget, postgresConfig, realtimeConfig } from '../../lib/config.ts';
import { withRequestIds } from '../../lib/invocation.ts';
import { openProducer } from '../../lib/kafka/openProducer.ts';
import { writeMetrics } from '../../lib/metrics.ts';
import { createLazyDisconnect } from '../../lib/realtime/post/disconnect.ts';
import { type SweepDeps, sweep } from '../../lib/realtime/sweep.ts';
import { createDatabase } from '../../lib/sql/database.ts';

const deps: SweepDeps = {
  database: createDatabase(postgresConfig()),
  producer: openProducer(kafkaConfig()),
  budget: postBudget(),
  disconnect: createLazyDisconnect(realtimeConfig()),
  cursor: {},
};

/** Runs every minute. */
async function sweepConnections(): Promise<void> {
  await sweep(deps);
}

export const handler = withRequestIds(middy(sweepConnections).use(writeMetrics()));
