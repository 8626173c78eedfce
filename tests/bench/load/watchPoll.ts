/** Many connections that watch one poll, and when each of them heard what.
 * Arguments: port, poll, connections. Says `ready`; is told how many votes there are, and answers with what came in
 * when every connection has heard of all of them. */
import { setTimeout as delay } from 'node:timers/promises';
import { openSocket } from './webSocket.ts';

const [port, pollId, connections] = process.argv.slice(2);
const AT_ONCE = 50;
const LOOK_EVERY_MS = 20;

export interface Watched {
  /** Of each connection: version and time (milliseconds since 1970) of every update, by turns. */
  heard: number[][];
  /** Votes by option, of each version. */
  counts: Record<number, number[]>;
  /** Messages of any kind to anybody, by the second (since 1970) in which they came. */
  messages: Record<number, number>;
}

const now = () => performance.timeOrigin + performance.now();
const heard: number[][] = [];
const counts: Record<number, number[]> = {};
const messages: Record<number, number> = {};

/** Where the type begins in `{"type":"…`. */
const TYPE = 9;
const isOf = (text: Buffer, type: string) =>
  text.toString('latin1', TYPE, TYPE + type.length + 1) === `${type}"`;

async function watch(connection: number): Promise<void> {
  const updates: number[] = [];
  heard[connection] = updates;
  const { promise, resolve } = Promise.withResolvers<void>();
  const socket = await openSocket(Number(port), (text) => {
    const second = Math.floor(Date.now() / 1_000);
    messages[second] = (messages[second] ?? 0) + 1;
    if (isOf(text, 'POLL_INIT')) return resolve();
    if (!isOf(text, 'POLL_UPDATE')) return;
    const version = Number(/"version":(\d+)/.exec(text.toString('latin1'))?.[1]);
    updates.push(version, now());
    counts[version] ??= JSON.parse(text.toString()).vote_counts;
  });
  socket.send({ action: 'subscribe', poll_id: pollId });
  await promise;
}

function hasHeardOf(votes: number, updates: number[]): boolean {
  return counts[updates.at(-2) ?? 0]?.reduce((sum, count) => sum + count) === votes;
}

let next = 0;
await Promise.all(
  Array.from({ length: AT_ONCE }, async () => {
    while (next < Number(connections)) await watch(next++);
  }),
);
process.send?.('ready');
process.on('message', async (votes: number) => {
  while (!heard.every((updates) => hasHeardOf(votes, updates))) await delay(LOOK_EVERY_MS);
  process.send?.({ heard, counts, messages } satisfies Watched);
});
process.on('disconnect', () => process.exit());
