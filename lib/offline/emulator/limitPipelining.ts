import type { RequestListener, Server } from 'node:http';
import type { Duplex } from 'node:stream';

/** Requests of a connection that run at a time. Node takes all that a client has written and keeps their responses until
 * the client reads them; benchmarks pipeline some ten, browsers none. */
export const MAX_PIPELINED = 50;

/** Ends connections whose client pipelines more requests than that.
 * @returns a function that says how many requests of a connection are running */
export function limitPipelining(server: Server): (socket: Duplex) => number {
  const running = new WeakMap<Duplex, number>();
  const countOf = (socket: Duplex) => running.get(socket) ?? 0;
  for (const event of ['request', 'checkContinue']) {
    const listeners = server.listeners(event) as RequestListener[];
    server.removeAllListeners(event);
    const limited: RequestListener = (request, response) => {
      const { socket } = request;
      if (countOf(socket) >= MAX_PIPELINED) {
        socket.destroy();
        return;
      }
      running.set(socket, countOf(socket) + 1);
      response.once('close', () => running.set(socket, countOf(socket) - 1));
      for (const listener of listeners) listener.call(server, request, response);
    };
    server.on(event, limited);
  }
  return countOf;
}
