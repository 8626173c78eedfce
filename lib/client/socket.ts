import type { ServerMessage } from '../contract/messageTypes.ts';

export interface SocketEvents {
  /** A connection opened: versions restart, and subscriptions must be sent again. */
  opened: () => void;
  message: (message: ServerMessage) => void;
  closed: () => void;
}

export interface Socket {
  /** Returns false without an open connection; nothing is queued. */
  send: (message: object) => boolean;
  close: () => void;
}

const FIRST_DELAY_MS = 500;
const LONGEST_DELAY_MS = 30_000;
// After sleep, a phone's socket may be dead but still OPEN; only an unanswered ping reveals that. Pings also
// prevent API Gateway's idle timeout of ten minutes.
const PING_EVERY_MS = 60_000;
const PONG_WITHIN_MS = 10_000;

/** Full jitter, so that clients do not all reconnect at once after an outage. */
export function reconnectDelay(attempt: number, random: number): number {
  return random * Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** attempt);
}

/** A WebSocket that reconnects until it is closed. */
export function openSocket(url: string, WebSocketClass: typeof WebSocket, events: SocketEvents): Socket {
  let current: WebSocket | undefined;
  let attempt = 0;
  let finished = false;
  let retry: ReturnType<typeof setTimeout> | undefined;
  let watchdog: ReturnType<typeof setTimeout> | undefined;
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
    clearTimeout(watchdog);
    clearTimeout(renewal);
    dropped?.close();
    if (dropped) events.closed();
    if (!finished) retry = setTimeout(connect, reconnectDelay(attempt++, Math.random()));
  }

  function watch(): void {
    clearTimeout(watchdog);
    watchdog = setTimeout(() => {
      send({ action: 'ping' });
      watchdog = setTimeout(drop, PONG_WITHIN_MS);
    }, PING_EVERY_MS);
  }

  function receive(data: unknown): void {
    watch();
    const message = JSON.parse(String(data)) as ServerMessage;
    if (message.type === 'RECONNECT') renewal = setTimeout(drop, message.after_ms);
    events.message(message);
  }

  function connect(): void {
    clearTimeout(retry);
    const socket = new WebSocketClass(url);
    current = socket;
    const ifCurrent = (act: () => void) => () => {
      if (socket === current) act();
    };
    socket.onopen = ifCurrent(() => {
      attempt = 0;
      watch();
      events.opened();
    });
    socket.onmessage = ({ data }) => ifCurrent(() => receive(data))();
    socket.onclose = ifCurrent(drop);
  }

  function close(): void {
    finished = true;
    clearTimeout(retry);
    drop();
  }

  connect();
  return { send, close };
}
