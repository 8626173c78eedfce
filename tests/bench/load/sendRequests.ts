/** Sends requests over keep-alive connections, one at a time on each, and reports when each was sent and answered.
 * A process of its own on raw sockets, so that it takes little CPU from the system under test.
 * Arguments: port, connections, seconds, path, the status that is good, and for votes of ever new voters the id
 * of the option that they choose. */
import { connect, type Socket } from 'node:net';

const [port, connections, seconds, path, goodStatus, optionId] = process.argv.slice(2);
const endsAt = Date.now() + Number(seconds) * 1_000;
const END_OF_HEAD = Buffer.from('\r\n\r\n');

/** Milliseconds since 1970, of requests with a good answer, in the order of the answers. */
const sentAt: number[] = [];
const answeredAt: number[] = [];
const otherAnswers: Record<string, number> = {};
let voters = 0;

function request(): string {
  if (optionId === undefined) return `GET ${path} HTTP/1.1\r\nhost: localhost\r\n\r\n`;
  const body = JSON.stringify({ user_id: `voter ${process.pid} ${voters++}`, option_id: optionId });
  return (
    `POST ${path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n` +
    `content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
  );
}

/** The length of the answer at the beginning of `bytes`, or undefined while some of it is missing. */
function answerLength(bytes: Buffer): number | undefined {
  const headEnd = bytes.indexOf(END_OF_HEAD);
  if (headEnd < 0) return undefined;
  const head = bytes.toString('latin1', 0, headEnd);
  const length = headEnd + END_OF_HEAD.length + Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0);
  return bytes.length >= length ? length : undefined;
}

function note(answer: Buffer, sent: number): void {
  const status = answer.toString('latin1', 9, 12);
  if (status !== goodStatus) {
    otherAnswers[status] = (otherAnswers[status] ?? 0) + 1;
    return;
  }
  sentAt.push(sent);
  answeredAt.push(now());
}

const now = () => performance.timeOrigin + performance.now();

function keepAsking(socket: Socket, done: (error?: Error) => void): void {
  let received: Buffer = Buffer.alloc(0);
  let sent = 0;
  const send = () => {
    sent = now();
    socket.write(request());
  };
  socket.setNoDelay(true).on('data', (chunk) => {
    received = received.length === 0 ? chunk : Buffer.concat([received, chunk]);
    const length = answerLength(received);
    if (length === undefined) return;
    note(received.subarray(0, length), sent);
    received = received.subarray(length);
    if (Date.now() < endsAt) send();
    else socket.end();
  });
  socket
    .once('connect', send)
    .once('error', done)
    .once('close', () => done());
}

await Promise.all(
  Array.from(
    { length: Number(connections) },
    () =>
      new Promise<void>((resolve, reject) => {
        keepAsking(connect(Number(port), 'localhost'), (error) => (error ? reject(error) : resolve()));
      }),
  ),
);
process.stdout.write(JSON.stringify({ sentAt, answeredAt, otherAnswers }));
