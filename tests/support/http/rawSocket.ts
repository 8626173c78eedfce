import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** A TCP connection that sends what no client library would. */
export interface RawSocket {
  readonly socket: Socket;
  write(bytes: string | Buffer): void;
  /** Waits until everything received so far matches. */
  received(pattern: RegExp): Promise<string>;
  /** Resolves when the server has ended the connection, with everything that it sent. */
  ended(): Promise<string>;
}

export async function openRawSocket(url: string): Promise<RawSocket> {
  const { hostname: host, port } = new URL(url);
  const socket = connect({ host, port: Number(port) });
  await once(socket, 'connect');
  let text = '';
  let wake = () => {};
  socket.on('error', () => {}); // A reset is an end, too.
  socket.on('data', (bytes) => {
    text += bytes.toString('latin1');
    wake();
  });
  const end = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  return {
    socket,
    write: (bytes) => void socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes),
    received: async (pattern) => {
      while (!pattern.test(text)) {
        if (socket.destroyed) throw new Error(`It ended without ${pattern}: ${text}`);
        await Promise.race([
          end,
          new Promise<void>((resolve) => {
            wake = resolve;
          }),
        ]);
      }
      return text;
    },
    ended: async () => {
      await end;
      return text;
    },
  };
}

/** A WebSocket handshake. */
export function handshake(target = '/', more: string[] = []): string {
  const lines = [
    `GET ${target} HTTP/1.1`,
    'Host: localhost',
    'Upgrade: websocket',
    'Connection: Upgrade',
    'Sec-WebSocket-Version: 13',
    `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}`,
    ...more,
  ];
  return `${lines.join('\r\n')}\r\n\r\n`;
}

/** A whole text frame as clients send it, masked with zeros. Up to 64 KB. */
export function textFrame(text: string): Buffer {
  const body = Buffer.from(text);
  const length = Buffer.alloc(2);
  length.writeUInt16BE(body.length);
  return Buffer.concat([Buffer.from([0x81, 0xfe]), length, Buffer.alloc(4), body]);
}
