import type { Log } from './mapping.ts';
import type { Service } from './mappingProperties.ts';
import { mappingsOf, type Running, runEventSources, type Setup } from './runEventSources.ts';
import { startThread } from './startThread.ts';

interface Serverless {
  readonly config: { readonly serverlessPath?: string; readonly servicePath?: string };
  readonly serviceDir?: string;
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
  #hasMappings = false;
  #running: Running | null = null;

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
    this.#hasMappings = mappingsOf(this.#serverless.service, this.#options).length > 0;
  }

  #start(): void {
    if (!this.#hasMappings) return;
    const { config, serviceDir, service } = this.#serverless;
    const { thread, imports, instance = '' } = service.custom?.[CUSTOM] ?? {};
    const setup: Setup = {
      serverless: { config, serviceDir, service },
      options: this.#options,
      brokers: this.#brokers(),
      instance: String(instance),
    };
    this.#running =
      thread === true
        ? startThread(setup, (imports ?? []) as string[], this.#log)
        : runEventSources(setup, this.#log);
  }

  async #stop(): Promise<void> {
    await this.#running?.stop();
  }

  #brokers(): string[] {
    const brokers = this.#serverless.service.custom?.[CUSTOM]?.['brokers'] ?? process.env['KAFKA_BROKERS'];
    const list = (Array.isArray(brokers) ? brokers : String(brokers ?? '').split(','))
      .map((broker) => String(broker).trim())
      .filter(Boolean);
    if (list.length > 0) return list;
    throw new Error(`Set custom.${CUSTOM}.brokers or KAFKA_BROKERS to host:port,host:port.`);
  }
}
