import type { ServerMessage } from '../contract/messageTypes.ts';

export interface SocketEvents {
  /** A connection opened: versions restart, and subscriptions must be sent again. */
  opened: () => void;
  message: (message: ServerMessage) => void;
  /** A connection, or an attempt to open one, ended; another attempt follows.
   * @param failures attempts since the last open connection */
  closed: (failures: number) => void;
}

export interface Socket {
  /** Returns false without an open connection; nothing is queued. */
  send: (message: object) => boolean;
  /** Checks that the connection is alive, and reconnects at once if it is not: after sleep, or when a page is shown. */
  wake: () => void;
  close: () => void;
}

const FIRST_DELAY_MS = 500;
const LONGEST_DELAY_MS = 30_000;
// After sleep, a phone's socket may be dead but still OPEN; only an unanswered ping reveals that. Pings also
// prevent API Gateway's idle timeout of ten minutes.
const PING_AFTER_MS = 10_000;
const PONG_WITHIN_MS = 4_000;
const CONNECT_WITHIN_MS = 10_000;
const AWAKE_WITHIN_MS = 2_000;

/** Full jitter, so that clients do not all reconnect at once after an outage. */
export function reconnectDelay(attempt: number, random: number): number {
  return random * Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** attempt);
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
  let renewal: ReturnType<typeof setTimeout> | undefined;

  function send(message: object): boolean {
    if (current?.readyState !== WebSocketClass.OPEN) return false;
    current.send(JSON.stringify(message));
    return true;
  }

  /** Does not wait for the peer's close frame, because a dead peer sends none. */
  function drop(): void {
    const dropped = current;
    current = undefined;
    clearTimeout(timer);
    clearTimeout(renewal);
    dropped?.close();
    failed();
  }

  function failed(): void {
    attempt += 1;
    if (finished) return;
    events.closed(attempt);
    timer = setTimeout(connect, reconnectDelay(attempt - 1, Math.random()));
  }

  function expectPong(withinMs: number): void {
    send({ action: 'ping' });
    clearTimeout(timer);
    timer = setTimeout(drop, withinMs);
  }

  function watch(): void {
    clearTimeout(timer);
    timer = setTimeout(() => expectPong(PONG_WITHIN_MS), PING_AFTER_MS);
  }

  function receive(data: unknown): void {
    watch();
    let message: ServerMessage;
    try {
      message = JSON.parse(`${data}`);
    } catch {
      drop();
      return;
    }
    if (message.type === 'RECONNECT') renewal = setTimeout(drop, message.after_ms);
    events.message(message);
  }

  async function connect(): Promise<void> {
    if (isConnecting || current || finished) return;
    isConnecting = true;
    try {
      const url = await urlOf();
      if (!finished) listen(new WebSocketClass(url));
    } catch {
      failed();
    } finally {
      isConnecting = false;
    }
  }

  function opened(): void {
    attempt = 0;
    watch();
    events.opened();
  }

  function listen(socket: WebSocket): void {
    current = socket;
    // A network may drop packets to a port, and browsers wait for minutes.
    timer = setTimeout(drop, CONNECT_WITHIN_MS);
    socket.onopen = () => socket === current && opened();
    socket.onmessage = ({ data }) => socket === current && receive(data);
    socket.onclose = () => socket === current && drop();
    // Without a listener, Node's WebSocket libraries throw it; 'close' follows.
    socket.onerror = () => {};
  }

  function wake(): void {
    if (current?.readyState === WebSocketClass.OPEN) expectPong(AWAKE_WITHIN_MS);
    else connect();
  }

  function close(): void {
    finished = true;
    drop();
  }

  connect();
  return { send, wake, close };
}
