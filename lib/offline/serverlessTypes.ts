/** What the plugin uses of serverless and of serverless-offline; neither has types. */

export interface CommandLine {
  fresh?: boolean;
  verbose?: boolean;
  host?: string;
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
  classes: { Error: new (message: string, code: string) => Error };
}

/** What a plugin writes errors with. */
export interface EmulatorLog {
  error(what: unknown): void;
}

interface Namespace extends EmulatorLog {
  get(name: string): Namespace;
}

export interface Utils {
  log: { levelRoot: Namespace & { isEnabled: boolean } };
}
