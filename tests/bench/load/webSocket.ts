/** A WebSocket client on a raw socket: text frames, and none of the checks. Where thousands of messages a second come
 * in, a real one would take CPU from the system under test. */
import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';

const END_OF_HEAD = Buffer.from('\r\n\r\n');
const SWITCHING = 'HTTP/1.1 101';
const TEXT_FRAME = 0x81;
/** A longer length is stored in extra bytes. */
const SHORT_LENGTH = 125;
const TWO_BYTES_MORE = 126;

export interface LoadSocket {
  send(message: object): void;
  close(): void;
}

/** Where the first frame's payload lies in `bytes`, or undefined while some of it is missing. */
function firstPayload(bytes: Buffer): { start: number; end: number } | undefined {
  if (bytes.length < 2) return undefined;
  const short = bytes[1] ?? 0;
  const start = short <= SHORT_LENGTH ? 2 : short === TWO_BYTES_MORE ? 4 : 10;
  if (bytes.length < start) return undefined;
  const length = start === 2 ? short : start === 4 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2));
  return bytes.length >= start + length ? { start, end: start + length } : undefined;
}

/** A mask of zeros is valid and leaves the text unchanged. */
function frameOf(text: string): Buffer {
  const payload = Buffer.from(text);
  const length =
    payload.length <= SHORT_LENGTH
      ? [0x80 | payload.length]
      : [0xfe, payload.length >> 8, payload.length & 0xff];
  return Buffer.concat([Buffer.from([TEXT_FRAME, ...length, 0, 0, 0, 0]), payload]);
}

/** @param onMessage takes the text of a message, in bytes that are its own only until it returns */
export function openSocket(port: number, onMessage: (text: Buffer) => void): Promise<LoadSocket> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, 'localhost').setNoDelay(true);
    let received: Buffer = Buffer.alloc(0);
    let isOpen = false;

    function readFrames(): void {
      for (let found = firstPayload(received); found; found = firstPayload(received)) {
        if (received[0] === TEXT_FRAME) onMessage(received.subarray(found.start, found.end));
        received = received.subarray(found.end);
      }
    }

    function readHead(): void {
      const end = received.indexOf(END_OF_HEAD);
      if (end < 0) return;
      const head = received.toString('latin1', 0, end);
      if (!head.startsWith(SWITCHING)) {
        reject(new Error(head));
        return;
      }
      received = received.subarray(end + END_OF_HEAD.length);
      isOpen = true;
      resolve({
        send: (message) => socket.write(frameOf(JSON.stringify(message))),
        close: () => socket.destroy(),
      });
    }

    socket.on('error', reject);
    socket.on('data', (chunk) => {
      received = received.length === 0 ? chunk : Buffer.concat([received, chunk]);
      if (!isOpen) readHead();
      if (isOpen) readFrames();
    });
    socket.write(
      `GET / HTTP/1.1\r\nhost: localhost:${port}\r\nconnection: Upgrade\r\nupgrade: websocket\r\n` +
        `sec-websocket-version: 13\r\nsec-websocket-key: ${randomBytes(16).toString('base64')}\r\n\r\n`,
    );
  });
}
