import { EventSource } from './eventSource.ts';
import { kafkaFor } from './kafkaFor.ts';
import type { Log } from './mapping.ts';
import type { Service } from './mappingProperties.ts';
import { offlineLambda } from './offlineLambda.ts';
import { OutageLog } from './outageLog.ts';
import { readMappings } from './readMappings.ts';

/** What the event sources of a service need. It is plain data, so it can be sent to a thread. */
export interface Setup {
  /** The parts of Serverless that serverless-offline reads to invoke functions. */
  readonly serverless: {
    readonly config: { readonly serverlessPath?: string; readonly servicePath?: string };
    readonly serviceDir: string | undefined;
    readonly service: Service & { readonly package?: object };
  };
  /** serverless-offline's options. */
  readonly options: Record<string, unknown>;
  readonly brokers: readonly string[];
  /** Distinguishes this system's consumers; may be empty. */
  readonly instance: string;
}

export interface Running {
  /** Finishes the batches in flight, within some seconds, and leaves the consumer groups. */
  stop(): Promise<void>;
}

/** Starts an event source for each mapping of the service. */
export function runEventSources({ serverless, options, brokers, instance }: Setup, log: Log): Running {
  const kafka = kafkaFor(brokers, instance);
  const { invoke, close } = offlineLambda(serverless, options, serverless.service.functions);
  const bootstrapServers = brokers.join(',');
  const outages = new OutageLog((message) => log.warn(message));
  const eventSources = mappingsOf(serverless.service, options).map(
    (mapping) => new EventSource({ mapping, invoke, kafka, bootstrapServers, log, outages }),
  );
  return {
    stop: async () => {
      await Promise.all(eventSources.map((eventSource) => eventSource.stop()));
      await close();
    },
  };
}

/** @throws Error naming the resource and the property that cannot be emulated */
export function mappingsOf(service: Service, { stage, region, noTimeout }: Record<string, unknown>) {
  return readMappings(service, {
    stage: String(stage ?? service.provider.stage ?? 'dev'),
    region: String(region ?? service.provider.region ?? 'us-east-1'),
    noTimeout: noTimeout === true,
  });
}
