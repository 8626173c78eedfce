import { EventSource } from './eventSource.ts';
import { kafkaFor } from './kafkaFor.ts';
import type { Log, Mapping } from './mapping.ts';
import type { Service } from './mappingProperties.ts';
import { type OfflineLambda, offlineLambda } from './offlineLambda.ts';
import { readMappings } from './readMappings.ts';

interface Serverless {
  readonly service: Service & { readonly custom?: Record<string, Record<string, unknown> | undefined> };
  readonly pluginManager: {
    spawn(command: string, options: { terminateLifecycleAfterExecution: boolean }): Promise<void>;
  };
}

interface Utils {
  readonly log: { notice(message: string): void; warning(message: string): void };
}

const CUSTOM = 'serverless-offline-msk-event-source';
const OFFLINE = 'serverless-offline';

/**
 * Serverless plugin that runs the service's `msk` events under serverless-offline, on a real broker. The broker's
 * address comes from `custom.serverless-offline-msk-event-source.brokers` or KAFKA_BROKERS. It is read after the
 * servers have started, so another plugin can start the broker.
 */
export default class ServerlessOfflineMsk {
  readonly hooks: Record<string, () => Promise<void>>;
  readonly #serverless: Serverless;
  readonly #options: Record<string, unknown>;
  readonly #log: Log;
  #mappings: Mapping[] = [];
  #lambda: OfflineLambda | null = null;
  #eventSources: EventSource[] = [];

  constructor(serverless: Serverless, cliOptions: Record<string, unknown>, { log }: Utils) {
    this.#serverless = serverless;
    this.#options = { ...serverless.service.custom?.[OFFLINE], ...cliOptions };
    this.#log = { info: (message) => log.notice(message), warn: (message) => log.warning(message) };
    this.hooks = {
      // `serverless offline` has one hook and exits inside it; `offline start` also has an end hook.
      'before:offline:start': () =>
        serverless.pluginManager.spawn('offline:start', { terminateLifecycleAfterExecution: true }),
      'before:offline:start:init': async () => this.#read(),
      'after:offline:start:init': async () => this.#start(),
      'before:offline:start:end': () => this.#stop(),
    };
  }

  /** Runs before any server starts, so an invalid mapping stops the start. */
  #read(): void {
    const { service } = this.#serverless;
    const { stage, region, noTimeout } = this.#options;
    this.#mappings = readMappings(service, {
      stage: String(stage ?? service.provider.stage ?? 'dev'),
      region: String(region ?? service.provider.region ?? 'us-east-1'),
      noTimeout: noTimeout === true,
    });
  }

  #start(): void {
    if (this.#mappings.length === 0) return;
    const { service } = this.#serverless;
    const brokers = this.#brokers();
    const kafka = kafkaFor(brokers, String(service.custom?.[CUSTOM]?.['instance'] ?? ''));
    const { invoke, close } = offlineLambda(this.#serverless, this.#options, service.functions);
    this.#lambda = { invoke, close };
    const bootstrapServers = brokers.join(',');
    this.#eventSources = this.#mappings.map(
      (mapping) => new EventSource({ mapping, invoke, kafka, bootstrapServers, log: this.#log }),
    );
  }

  async #stop(): Promise<void> {
    await Promise.all(this.#eventSources.map((eventSource) => eventSource.stop()));
    await this.#lambda?.close();
  }

  #brokers(): string[] {
    const brokers = this.#serverless.service.custom?.[CUSTOM]?.['brokers'] ?? process.env['KAFKA_BROKERS'];
    const list = (Array.isArray(brokers) ? brokers : String(brokers ?? '').split(','))
      .map(String)
      .filter(Boolean);
    if (list.length > 0) return list;
    throw new Error(`Set custom.${CUSTOM}.brokers or KAFKA_BROKERS to host:port,host:port.`);
  }
}
