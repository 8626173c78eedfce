import { elapsedMs, type Moment, presentMoment } from '../clock.ts';
import { type Answer, HttpSocket } from './httpSocket.ts';

/** Below the minute for which API Gateway keeps an idle connection. By clocks and not by a timer: a Lambda
 * that was frozen between two requests wakes up with connections that ended long ago. */
const KEEP_ALIVE_MS = 50_000;

interface Idle {
  socket: HttpSocket;
  since: Moment;
}

/** Sends a request, head and body with a character a byte. Never rejects. */
export type SendRequest = (request: string) => Promise<Answer>;

/** Keep-alive connections to one host, as many as there are requests at the same time. */
export function createHttpPool(endpoint: URL, timeoutMs: number): SendRequest {
  // The one used last comes first: the others grow old and are dropped.
  const idle: Idle[] = [];

  function takeSocket(): HttpSocket {
    for (let last = idle.pop(); last; last = idle.pop()) {
      if (last.socket.isUsable && elapsedMs(last.since) < KEEP_ALIVE_MS) return last.socket;
      last.socket.close();
    }
    return new HttpSocket(endpoint);
  }

  return async (request) => {
    const socket = takeSocket();
    const answer = await socket.send(request, timeoutMs);
    if (socket.isUsable) idle.push({ socket, since: presentMoment() });
    return answer;
  };
}
