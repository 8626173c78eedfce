/** Serverless plugin: starts PostgreSQL and Kafka for `serverless offline` and `serverless offline start`, and stops
 * them at the end. It must be listed first, before serverless-offline, so the servers start while the functions are
 * bundled. */

import { resolve } from 'node:path';
import { hostAndPort } from '../addresses.ts';
import { wallClockMs } from '../clock.ts';
import { createAuth } from '../config.ts';
// For localSystem.ts, which is loaded later.
import '../infra/build/patchPostgresInNode.ts';
import { type LocalConfig, localConfig } from '../localConfig.ts';
import { forServerless, startFault } from '../startFault.ts';
import type { Claim } from './claimGroups.ts';
import { configureEmulator } from './emulator/configureEmulator.ts';
import { muteEmulator, muteFunctions } from './emulator/muteEmulator.ts';
import { runScheduled } from './emulator/runScheduled.ts';
import { EVERY_HOST, lanInvitation, ownHost } from './lan.ts';
import { type Progress, progress, seconds, welcome } from './progress.ts';
import { provideSchemaCache } from './schemaCache.ts';
import type { CommandLine, Serverless, Utils } from './serverlessTypes.ts';
import { createSupervisor } from './servers/supervised.ts';
import { stopOnSignal } from './stopOnSignal.ts';

const OPTIONS = {
  fresh: { usage: 'Delete the polls of earlier starts first', type: 'boolean' },
  lan: { usage: 'Listen on the local network, and print address and QR code for phones', type: 'boolean' },
};

/** Time to print the error. Then the process exits, because open handles of the emulator would keep it alive. */
const EXIT_DELAY_MS = 200;

interface Start {
  config: LocalConfig;
  /** Settles when the servers run or have failed to start, with the right to consume. */
  servers: Promise<Claim>;
  /** Leaves signals and `console.log` to the emulator. */
  handOver(): void;
}

export default class OfflinePlugin {
  readonly commands = { offline: { options: OPTIONS, commands: { start: { options: OPTIONS } } } };
  readonly hooks: Record<string, () => Promise<void>>;
  readonly #serverless: Serverless;
  readonly #commandLine: CommandLine;
  readonly #utils: Utils;
  readonly #progress: Progress = progress((line) => process.stdout.write(`${line}\n`));
  readonly #supervisor = createSupervisor();
  #start: Start | undefined;
  #claim: Claim | undefined;

  constructor(serverless: Serverless, commandLine: CommandLine, utils: Utils) {
    this.#serverless = serverless;
    this.#commandLine = commandLine;
    this.#utils = utils;
    provideSchemaCache();
    this.hooks = {
      // `serverless offline` fires this event only, so plugins would not be notified of the end.
      'before:offline:start': () => serverless.pluginManager.spawn('offline:start'),
      'before:offline:start:init': () => this.#begin(),
      'offline:start:init': () => this.#awaitServers(),
      'after:offline:start:init': () => this.#ready(),
      'offline:start:end': () => this.#end(),
      error: () => this.#fail(),
    };
  }

  async #begin(): Promise<void> {
    const restoreConsole = this.#commandLine.verbose ? () => {} : await muteEmulator(this.#utils);
    const handOverSignals = stopOnSignal(this.#supervisor);
    const config = this.#config();
    const servers = this.#startServers(config);
    servers.catch(() => {}); // Awaited after bundling; a failure must not interrupt bundling as unhandled rejection.
    const handOver = () => {
      restoreConsole();
      handOverSignals();
    };
    this.#start = { config, servers, handOver };
  }

  async #startServers(config: LocalConfig): Promise<Claim> {
    const { startLocalSystem } = await import('./localSystem.ts');
    const { fresh = false } = this.#commandLine;
    const host = this.#host();
    const consumerGroups = Object.values(this.#serverless.service.custom.consumerGroups);
    const [progress, supervisor] = [this.#progress, this.#supervisor];
    const start = { config, host, consumerGroups, fresh, progress, supervisor };
    return startLocalSystem(start).catch((error) => {
      throw forServerless(startFault(error, resolve(config.dataFolder)), this.#serverless.classes);
    });
  }

  async #awaitServers(): Promise<void> {
    if (!this.#start) return;
    this.#claim = await this.#start.servers;
    await configureEmulator(this.#serverless, this.#start.config, this.#host());
  }

  async #ready(): Promise<void> {
    if (!this.#start) return;
    this.#start.handOver();
    // The consumers start after this hook.
    void this.#claim?.handOver();
    runScheduled(this.#serverless);
    const total = seconds(process.uptime() * 1000);
    const { config } = this.#start;
    const { httpPort } = config;
    const host = ownHost(this.#host());
    const open = `Open http://${hostAndPort(host, httpPort)}`;
    const invitation = this.#commandLine.lan ? lanInvitation(httpPort) : open;
    this.#progress.say(
      `${total}  in total\n${welcome(config, new Date(wallClockMs()), createAuth(), invitation, host)}`,
    );
  }

  async #end(): Promise<void> {
    muteFunctions();
    await this.#stop();
  }

  async #fail(): Promise<void> {
    if (!this.#start) return;
    await this.#stop();
    setTimeout(() => process.exit(1), EXIT_DELAY_MS);
  }

  async #stop(): Promise<void> {
    await this.#claim?.release();
    await this.#supervisor.stopAll();
  }

  #host(): string {
    const { lan, host = 'localhost' } = this.#commandLine;
    return lan ? EVERY_HOST : host;
  }

  #config(): LocalConfig {
    const { httpPort, websocketPort } = this.#commandLine;
    try {
      return localConfig({
        ...process.env,
        ...(httpPort ? { PORT: httpPort } : {}),
        ...(websocketPort ? { WEBSOCKET_PORT: websocketPort } : {}),
      });
    } catch (error) {
      throw forServerless(error, this.#serverless.classes);
    }
  }
}
