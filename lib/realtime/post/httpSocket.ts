import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { withoutBrackets } from '../../addresses.ts';

/** The status of a response, or the reason for its absence. */
export type Answer = number | 'failed' | 'timed_out';

interface Expected {
  status: number;
  /** Characters up to the end of the body; undefined without a content length. */
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

/** A keep-alive connection for one request at a time. It is reused only after a response that was parsed to
 * its last byte; any other input closes it, so a response never matches the wrong request. */
export class HttpSocket {
  readonly #socket: Socket;
  #received = '';
  #settle: ((answer: Answer) => void) | undefined;
  #timer: NodeJS.Timeout | undefined;
  #lastTurn: NodeJS.Immediate | undefined;

  constructor({ protocol, hostname, port }: URL) {
    const isTls = protocol === 'https:';
    const host = withoutBrackets(hostname);
    const target = { host, port: Number(port || (isTls ? 443 : 80)) };
    this.#socket = isTls ? connectTls({ ...target, servername: isIP(host) ? '' : host }) : connectTcp(target);
    this.#socket.setNoDelay(true);
    // An idle connection must not keep the process running; a busy one does by its timer.
    this.#socket.unref();
    this.#socket.setEncoding('latin1');
    this.#socket.on('data', (text: string) => this.#onData(text));
    this.#socket.on('close', () => this.#finish('failed'));
    // 'close' follows and handles it.
    this.#socket.on('error', () => {});
  }

  get isUsable(): boolean {
    return this.#socket.writable;
  }

  /** @param request head and body, one character per byte, in one write: two cost half as much again */
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

  // A stalled process runs its timers before it reads the answers that arrived meanwhile.
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
