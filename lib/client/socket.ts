import type { ServerMessage } from '../contract/messageTypes.ts';
import {
  AWAKE_WITHIN_MS,
  CONNECT_WITHIN_MS,
  DELAY_MS,
  MAX_DELAY_MS,
  PING_AFTER_MS,
  PING_QUIET_AFTER_MS,
  PONG_WITHIN_MS,
} from './times.ts';

export interface SocketEvents {
  /** A connection opened: versions restart, and subscriptions must be sent again. */
  opened: () => void;
  message: (message: ServerMessage) => void;
  /** A connection, or an attempt to open one, ended; another attempt follows.
   * @param failures attempts since the last open connection */
  closed: (failures: number) => void;
  /** Whether nothing that matters can arrive, so that a dead connection may go unnoticed for minutes. */
  isQuiet: () => unknown;
}

export interface Socket {
  /** Returns false without an open connection; nothing is queued. */
  send: (message: object) => boolean;
  /** Checks that the connection is alive, and reconnects at once if it is not: after sleep, or when a page is shown. */
  wake: () => void;
  close: () => void;
}

/** A WebSocket that reconnects until it is closed.
 * @param urlOf is called for each connection, so that a token in it is fresh */
export function openSocket(
  urlOf: () => string | Promise<string>,
  WebSocketClass: typeof WebSocket,
  events: SocketEvents,
): Socket {
  let current: WebSocket | undefined;
  let isConnecting = false;
  let attempt = 0;
  let finished = false;
  /** The watchdog of an open connection, or the next attempt to open one. */
  let timer: ReturnType<typeof setTimeout> | undefined;
  /** The ping that a quiet connection needs. */
  let keepAlive: ReturnType<typeof setTimeout> | undefined;
  let renewal: ReturnType<typeof setTimeout> | undefined;

  const isOpen = () => current?.readyState === WebSocketClass.OPEN;

  function send(message: object): boolean {
    if (isOpen()) current?.send(JSON.stringify(message));
    return isOpen();
  }

  /** Does not wait for the peer's close frame, because a dead peer sends none. */
  function drop(): void {
    const dropped = current;
    current = undefined;
    [timer, keepAlive, renewal].forEach(clearTimeout);
    dropped?.close();
    attempt += 1;
    if (finished) return;
    events.closed(attempt);
    // Full jitter, so that clients do not all reconnect at once after an outage.
    timer = setTimeout(connect, Math.random() * Math.min(MAX_DELAY_MS, DELAY_MS * 2 ** attempt));
  }

  function expectPong(withinMs: number): void {
    send({ action: 'ping' });
    clearTimeout(timer);
    timer = setTimeout(drop, withinMs);
  }

  function watch(): void {
    clearTimeout(timer);
    clearTimeout(keepAlive);
    // Asked again and again, since what is quiet now may expect an answer soon.
    timer = setInterval(() => events.isQuiet() || expectPong(PONG_WITHIN_MS), PING_AFTER_MS);
    keepAlive = setTimeout(expectPong, PING_QUIET_AFTER_MS, PONG_WITHIN_MS);
  }

  function receive(data: string): void {
    watch();
    try {
      const message: ServerMessage = JSON.parse(data);
      // The server may repeat the request; without `clearTimeout`, the first timer would end the next connection.
      if (message.type === 'RECONNECT') {
        clearTimeout(renewal);
        renewal = setTimeout(drop, message.after_ms);
      }
      events.message(message);
    } catch {
      drop();
    }
  }

  async function connect(): Promise<void> {
    if (isConnecting || current || finished) return;
    isConnecting = true;
    try {
      const url = await urlOf();
      if (!finished) listen(new WebSocketClass(url));
    } catch {
      drop();
    }
    isConnecting = false;
  }

  function listen(socket: WebSocket): void {
    current = socket;
    // A network may drop packets to a port, and browsers wait for minutes.
    timer = setTimeout(drop, CONNECT_WITHIN_MS);
    socket.onopen = () => {
      if (socket !== current) return;
      attempt = 0;
      watch();
      events.opened();
    };
    socket.onmessage = ({ data }) => socket === current && receive(data);
    socket.onclose = () => socket === current && drop();
    // Without a listener, Node's WebSocket libraries throw it; 'close' follows.
    socket.onerror = () => {};
  }

  connect();
  return {
    send,
    wake: () => {
      if (isOpen()) expectPong(AWAKE_WITHIN_MS);
      else connect();
    },
    close: () => {
      finished = true;
      drop();
    },
  };
}
