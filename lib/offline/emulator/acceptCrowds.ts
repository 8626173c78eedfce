import type { Server } from 'node:http';

/** The maximum number of connections that wait while the emulator's thread is busy. With Node's default of 511, further
 * connections are reset when a thousand people vote at once. The system's `somaxconn` is a limit, too. */
const MAX_PENDING = 4_096;
/** Longer than clients keep an idle connection: a request that is sent as the server closes it is lost. */
const IDLE_MS = 75_000;

/** Call it before the server listens. */
export function acceptCrowds(server: Server): void {
  server.keepAliveTimeout = IDLE_MS;
  const { listen } = server;
  server.listen = ((port: number, host: string | (() => void), listening?: () => void) =>
    typeof host === 'string'
      ? listen.call(server, { port, host, backlog: MAX_PENDING }, listening)
      : listen.call(server, { port, backlog: MAX_PENDING }, host)) as Server['listen'];
}
