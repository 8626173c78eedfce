/** Stands in for @connections with a crowd behind it: of 100 connections one is gone (410), one is throttled at the
 * first try (429), one answers after five seconds. Reports how many were reached on request. */
import { type AddressInfo, createServer } from 'node:net';

const SLOW_MS = 5_000;
const HEAD_END = '\r\n\r\n';

const throttled = new Set<number>();
let reached = 0;

function statusFor(connection: number): string {
  const kind = connection % 100;
  if (kind === 1) return '410 Gone';
  if (kind !== 2 || throttled.has(connection)) return '200 OK';
  throttled.add(connection);
  return '429 Too Many Requests';
}

const server = createServer((socket) => {
  let received = '';
  socket.setNoDelay(true);
  socket.setEncoding('latin1');
  socket.on('error', () => {});
  socket.on('data', (text: string) => {
    received += text;
    const end = received.indexOf(HEAD_END);
    const length = Number(/\r\ncontent-length: *(\d+)/i.exec(received)?.[1]);
    if (end < 0 || received.length < end + HEAD_END.length + length) return;
    const connection = Number(/@connections\/c(\d+)/.exec(received)?.[1]);
    received = '';
    const status = statusFor(connection);
    const answer = () => socket.write(`HTTP/1.1 ${status}\r\ncontent-length: 0\r\n\r\n`);
    if (connection % 100 === 3) return setTimeout(answer, SLOW_MS);
    if (status === '200 OK') reached += 1;
    answer();
  });
});
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
process.on('message', () => process.send?.(reached));
process.on('disconnect', () => process.exit());
