import { elapsedMs, type Moment, presentMoment } from '../../clock.ts';
import { type Answer, HttpSocket } from './httpSocket.ts';

/** Below the minute for which API Gateway keeps an idle connection. By clocks and not by a timer: a Lambda
 * that was frozen between two requests wakes up with connections that ended long ago. */
const KEEP_ALIVE_MS = 50_000;

/** Connections that have not answered yet, at most. A Node server accepts one connection in each turn of its event
 * loop: with 128 at once, the last of them waited two seconds for its first answer, while those accepted first had
 * nothing to do. */
const MAX_UNTRIED = 8;
/** One that does not answer for so long no longer counts: a viewer who hangs must not keep the others from getting
 * a connection. */
const UNTRIED_MS = 250;

interface Idle {
  socket: HttpSocket;
  since: Moment;
}

/** Sends a request, head and body with a character a byte. Never rejects. */
export type SendRequest = (request: string) => Promise<Answer>;

/** Keep-alive connections to one host. A request takes the first that is free, or a new one: in the end there are as
 * many as there are requests at the same time. */
export function createHttpPool(endpoint: URL, timeoutMs: number): SendRequest {
  // The one used last comes first: the others grow old and are dropped.
  const idle: Idle[] = [];
  const untried = new Map<HttpSocket, NodeJS.Timeout>();
  // In the order in which they came.
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
      // As in HttpSocket: what was answered while the process was held up is read first.
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
