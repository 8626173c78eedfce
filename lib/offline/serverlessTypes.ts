/** The parts of serverless and serverless-offline that the plugin uses; neither package has types. */
import type { ServerlessClasses } from '../startFault.ts';

export interface CommandLine {
  fresh?: boolean;
  verbose?: boolean;
  host?: string;
  lan?: boolean;
  httpPort?: string;
  websocketPort?: string;
}

export interface Serverless {
  service: {
    custom: {
      'serverless-offline': object;
      'serverless-offline-msk-event-source'?: object;
      consumerGroups: Record<string, string>;
    };
    provider: { environment?: unknown };
    functions: Record<string, { environment?: unknown; events?: object[] }>;
  };
  pluginManager: { spawn(command: string): Promise<void> };
  classes: ServerlessClasses;
}

/** The log that the emulator writes to. */
export interface EmulatorLog {
  debug(...what: unknown[]): void;
  verbose(...what: unknown[]): void;
  info(...what: unknown[]): void;
  notice(...what: unknown[]): void;
  warning(...what: unknown[]): void;
  error(what: unknown): void;
}

interface Namespace extends EmulatorLog {
  get(name: string): Namespace;
}

export interface Utils {
  log: { levelRoot: Namespace & { isEnabled: boolean } };
  progress: object;
}
