import type { TestServer } from '../../support/servers/servers.ts';
import type { ProxiedServer } from './world.ts';

/** A server that the functions reach through this proxy, which ends with it. */
export function behindProxy<T extends object>(
  server: TestServer,
  proxy: ProxiedServer['proxy'],
  more: T,
): ProxiedServer & T {
  return {
    ...more,
    proxy,
    get pid() {
      return server.pid;
    },
    kill9: server.kill9,
    revive: server.restart,
    stop: async () => {
      await proxy.stop();
      await server.stop();
    },
  };
}
