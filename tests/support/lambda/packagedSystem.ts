import type { MSKEvent } from 'aws-lambda';
import type { EventSource } from '../../../lib/offline/event-source/eventSource.ts';
import type { Mapping } from '../../../lib/offline/event-source/mapping.ts';
import type { Sql } from '../../../lib/sql/client.ts';
import { emptyDatabase } from '../database/database.ts';
import { startWebhookReceiver, type WebhookReceiver } from '../http/webhookReceiver.ts';
import { callWithRecords } from '../kafka/eventSource.ts';
import { startMskApi } from '../kafka/mskApi.ts';
import { startKafka } from '../servers/servers.ts';
import { type ConnectionsStandIn, startConnectionsStandIn } from '../websocket/connectionsStandIn.ts';
import { describeFunction } from './describeFunction.ts';
import { type RunningFunction, runFunction } from './packagedFunction.ts';
import { type PackagedStack, packageStack } from './packagedStack.ts';
import { lambdaRuntime } from './runtime.ts';

/** What `serverless package` makes, run as Lambda runs it, on an empty database and a Kafka of its own. */
export interface PackagedSystem {
  stack: PackagedStack;
  sql: Sql;
  connections: ConnectionsStandIn;
  receiver: WebhookReceiver;
  /** The functions that have run so far. */
  ran: Set<string>;
  /** A new environment for a function. It ends with the system, if not before.
   * @param change makes another package of it, in its folder */
  start(name: string, change?: (folder: string) => void): Promise<RunningFunction>;
  /** Invokes a function once, in an environment of its own: always a cold start. */
  invoke<T>(name: string, event: unknown): Promise<T>;
  /** Has a function called with the records of its topic, as its event source mapping says. */
  feed(name: string): Promise<void>;
  stop(): Promise<void>;
}

/** Settings for our servers, which differ from those on AWS, and values that the template does not have. */
const BEYOND_THE_TEMPLATE: Record<string, Record<string, string>> = {
  migrate: { KAFKA_REPLICATION: '1', POSTGRES_MASTER_USER: '' },
  createPoll: { WEBHOOK_TARGETS: 'any' },
  deliverWebhooks: { WEBHOOK_TARGETS: 'any' },
};

export async function startPackagedSystem(): Promise<PackagedSystem> {
  const runtime = await lambdaRuntime();
  const stack = packageStack();
  const [kafka, msk, database, connections, receiver] = await Promise.all([
    startKafka(),
    startMskApi({ bootstrapBrokerStringSaslIam: 'b-1:9098,b-2:9098' }),
    emptyDatabase(),
    startConnectionsStandIn(),
    startWebhookReceiver(),
  ]);
  const here = {
    POSTGRES_HOST: database.config.host,
    POSTGRES_PORT: `${database.config.port}`,
    POSTGRES_DB: database.config.database,
    POSTGRES_AUTH: 'password',
    KAFKA_BROKERS: kafka.brokers.join(','),
    KAFKA_AUTH: 'none',
    SIGNING_KEYS: `k1:${'s'.repeat(64)}`,
    VOTER_SECRET: 'v'.repeat(64),
    WEBSOCKET_ENDPOINT: connections.endpoint,
    SCHEMA: 'migrated',
  };
  const ran = new Set<string>();
  const running = new Set<RunningFunction>();
  const sources: EventSource[] = [];

  const start: PackagedSystem['start'] = async (name, change) => {
    const described = describeFunction(stack, name, here);
    change?.(described.folder);
    const beyond = { AWS_ENDPOINT_URL_KAFKA: msk.endpoint, ...BEYOND_THE_TEMPLATE[name] };
    const environment = { ...described.environment, ...beyond };
    const started = await runFunction(runtime, { ...described, environment });
    running.add(started);
    ran.add(name);
    return started;
  };

  return {
    stack,
    sql: database.sql,
    connections,
    receiver,
    ran,
    start,
    async invoke<T>(name: string, event: unknown) {
      const started = await start(name);
      try {
        return await started.invoke<T>(event);
      } finally {
        await started.stop();
        running.delete(started);
      }
    },
    async feed(name) {
      const { topic, ...mapping } = mappingOf(stack, name);
      const started = await start(name);
      const call = (event: MSKEvent) => started.invoke(event);
      const source = callWithRecords(kafka.brokers, topic, call, mapping);
      sources.push(source);
      await source.ready;
    },
    async stop() {
      await Promise.all(sources.map((source) => source.stop()));
      await Promise.all([...running].map((one) => one.stop()));
      await Promise.all([kafka, msk, connections, receiver].map((server) => server.stop()));
      await database.end();
      stack.remove();
    },
  };
}

/** The function's event source mapping with provisioned pollers, on topics that are there. */
function mappingOf(stack: PackagedStack, name: string): Partial<Mapping> & { topic: string } {
  const prefix = `${name.charAt(0).toUpperCase()}${name.slice(1)}EventSourceMapping`;
  const deployed = stack.deployedWith({ ExistingTopics: 'true', Pollers: 'provisioned' });
  const [, found] = Object.entries(deployed).find(([id]) => id.startsWith(prefix)) ?? [];
  const { Topics, BatchSize, FunctionResponseTypes } = found?.Properties ?? {};
  const [topic] = Topics as [string];
  return {
    topic,
    batchSize: BatchSize as number,
    reportBatchItemFailures: FunctionResponseTypes !== undefined,
  };
}
