import { freeze } from './serverProcesses.ts';
import type { TestServer } from './servers.ts';

/** Ends an outage; resolves when the server can be asked again. */
export type EndOutage = () => Promise<void>;

/** The ways a server can be unavailable: it refuses connections, or accepts them and never answers. */
export const outages = {
  gone: async (server: TestServer): Promise<EndOutage> => {
    await server.kill9();
    return () => server.restart();
  },
  hanging: async (server: TestServer): Promise<EndOutage> => {
    const goOn = freeze(server.pid);
    return async () => goOn();
  },
};

export type Outage = keyof typeof outages;

/** For `test.each`. */
export const everyOutage: Outage[] = ['gone', 'hanging'];
