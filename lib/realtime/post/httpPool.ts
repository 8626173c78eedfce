import { elapsedMs, type Moment, presentMoment } from '../../clock.ts';
import { type Answer, HttpSocket } from './httpSocket.ts';

/** Below the minute for which API Gateway keeps an idle connection. Clocks check it, not a timer: a Lambda
 * that was frozen between two requests thaws with connections that closed long ago. */
const KEEP_ALIVE_MS = 50_000;

/** The limit of new connections without a first answer. A Node server accepts one connection per turn of its
 * event loop: with 128 at once, the last waited 2 s for its first answer while the first were idle. */
const MAX_UNTRIED = 8;
/** A new connection counts against the limit for this long: a client that hangs must not block the others. */
const UNTRIED_MS = 250;

interface Idle {
  socket: HttpSocket;
  since: Moment;
}

/** Sends a request: head and body, one character per byte. Never rejects. */
export type SendRequest = (request: string) => Promise<Answer>;

/** Pools keep-alive connections to one host. A request uses an idle one or opens a new one, so the pool grows
 * to the number of concurrent requests. */
export function createHttpPool(endpoint: URL, timeoutMs: number): SendRequest {
  // A stack: the surplus connections at its bottom expire.
  const idle: Idle[] = [];
  const untried = new Map<HttpSocket, NodeJS.Timeout>();
  // First in, first out.
  const waiting = new Set<(socket: HttpSocket) => void>();

  function takeIdle(): HttpSocket | undefined {
    for (let last = idle.pop(); last; last = idle.pop()) {
      if (last.socket.isUsable && elapsedMs(last.since) < KEEP_ALIVE_MS) return last.socket;
      last.socket.close();
    }
    return undefined;
  }

  function open(): HttpSocket | undefined {
    if (untried.size >= MAX_UNTRIED) return undefined;
    const socket = new HttpSocket(endpoint);
    untried.set(socket, setTimeout(countNoLonger, UNTRIED_MS, socket));
    return socket;
  }

  function countNoLonger(socket: HttpSocket): void {
    clearTimeout(untried.get(socket));
    untried.delete(socket);
    serveWaiting();
  }

  function serveWaiting(): void {
    for (const take of waiting) {
      const socket = takeIdle() ?? open();
      if (!socket) return;
      waiting.delete(take);
      take(socket);
    }
  }

  function nextSocket(): Promise<HttpSocket | undefined> {
    return new Promise((resolve) => {
      const take = (socket: HttpSocket) => {
        clearTimeout(timer);
        resolve(socket);
      };
      const giveUp = () => waiting.delete(take) && resolve(undefined);
      // As in HttpSocket: reads the answers of a stalled process first.
      const timer = setTimeout(() => setImmediate(giveUp), timeoutMs);
      waiting.add(take);
    });
  }

  return async (request) => {
    const socket = takeIdle() ?? open() ?? (await nextSocket());
    if (!socket) return 'timed_out';
    const answer = await socket.send(request, timeoutMs);
    if (socket.isUsable) idle.push({ socket, since: presentMoment() });
    countNoLonger(socket);
    return answer;
  };
}
