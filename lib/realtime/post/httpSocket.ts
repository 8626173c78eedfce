import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';

/** The status of an answer, or why there is none. */
export type Answer = number | 'failed' | 'timed_out';

interface Expected {
  status: number;
  /** Characters until the end of the body; unknown if the answer does not say. */
  length: number | undefined;
  keepsAlive: boolean;
}

const HEAD_END = '\r\n\r\n';

function parseHead(received: string): Expected | undefined {
  const end = received.indexOf(HEAD_END);
  if (end < 0) return undefined;
  const head = received.slice(0, end + 2);
  const status = Number(/^HTTP\/1\.1 ([2-5]\d\d) /.exec(head)?.[1] ?? 0);
  const size = status === 204 ? '0' : /\r\ncontent-length: *(\d+)\r\n/i.exec(head)?.[1];
  const length = size === undefined ? undefined : end + HEAD_END.length + Number(size);
  return { status, length, keepsAlive: !/\r\nconnection: *close\r\n/i.test(head) };
}

/** A keep-alive connection that carries one request at a time. It is used again only after an answer that was
 * understood to its last byte; whatever else comes in closes it, so that no answer is taken for another's. */
export class HttpSocket {
  readonly #socket: Socket;
  #received = '';
  #settle: ((answer: Answer) => void) | undefined;
  #timer: NodeJS.Timeout | undefined;
  #lastTurn: NodeJS.Immediate | undefined;

  /** @param endpoint whose host and protocol say where to connect */
  constructor({ protocol, hostname, port }: URL) {
    const isTls = protocol === 'https:';
    // A URL has an IPv6 address in brackets.
    const host = hostname.replace(/^\[(.*)\]$/, '$1');
    const target = { host, port: Number(port || (isTls ? 443 : 80)) };
    this.#socket = isTls ? connectTls({ ...target, servername: isIP(host) ? '' : host }) : connectTcp(target);
    this.#socket.setNoDelay(true);
    // An idle connection keeps no process running; for one in use, its timer does.
    this.#socket.unref();
    this.#socket.setEncoding('latin1');
    this.#socket.on('data', (text: string) => this.#onData(text));
    this.#socket.on('close', () => this.#finish('failed'));
    // 'close' follows, which is where it is dealt with.
    this.#socket.on('error', () => {});
  }

  /** False once it can take no other request. */
  get isUsable(): boolean {
    return this.#socket.writable;
  }

  /** @param request head and body, a character a byte: one write, where two chunks cost half as much again */
  send(request: string, timeoutMs: number): Promise<Answer> {
    return new Promise((resolve) => {
      this.#settle = resolve;
      this.#timer = setTimeout(() => this.#giveUpNextTurn(), timeoutMs);
      this.#socket.write(request, 'latin1');
    });
  }

  close(): void {
    this.#socket.destroy();
  }

  #onData(text: string): void {
    this.#received += text;
    const expected = parseHead(this.#received);
    if (!expected || (expected.length ?? 0) > this.#received.length) return;
    const { status, length, keepsAlive } = expected;
    if (length !== this.#received.length || !keepsAlive || !this.#settle) this.#socket.destroy();
    this.#finish(status === 0 ? 'failed' : status);
  }

  // A process that was held up comes to its timers before it reads what was answered meanwhile.
  #giveUpNextTurn(): void {
    this.#lastTurn = setImmediate(() => {
      this.#socket.destroy();
      this.#finish('timed_out');
    });
  }

  #finish(answer: Answer): void {
    clearTimeout(this.#timer);
    clearImmediate(this.#lastTurn);
    this.#received = '';
    const settle = this.#settle;
    this.#settle = undefined;
    settle?.(answer);
  }
}
