import { WebSocket } from 'ws';

/** API Gateway's limit for a message. */
export const MAX_MESSAGE_BYTES = 128 * 1_024;
/** What a client may leave unread before it is dropped: far more than the messages of a slow minute. */
const MAX_UNREAD_BYTES = 1_024 * 1_024;
/** For the close frame to leave. By default, the client has 30 s to answer it, and counts as connected meanwhile. */
const FAREWELL_MS = 1_000;

type Sent = Parameters<WebSocket['send']>[0];

/** Closes a connection after a malformed frame. Without a listener, the error would end the process. `ws` has sent the
 * close frame already. */
export function closeOnError(socket: WebSocket): void {
  socket.on('error', () => setTimeout(() => socket.terminate(), FAREWELL_MS).unref());
}

/** A connection whose client is dropped if it does not read what it asked for, pings included: the answers would pile up
 * in memory. */
export class BoundedWebSocket extends WebSocket {
  override send(data: Sent, ...rest: unknown[]): void {
    if (this.#reads()) super.send(data, ...(rest as []));
  }

  override pong(data?: Sent, ...rest: unknown[]): void {
    if (this.#reads()) super.pong(data, ...(rest as []));
  }

  #reads(): boolean {
    if (this.bufferedAmount <= MAX_UNREAD_BYTES) return true;
    this.terminate();
    return false;
  }
}
