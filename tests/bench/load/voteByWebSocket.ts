/** Votes of ever new voters over WebSocket at a steady rate, and how long each took to be accepted and to be counted.
 * Arguments: port, poll, option, connections, votes a second, seconds. */
import { setTimeout as delay } from 'node:timers/promises';
import { type LoadSocket, openSocket } from './webSocket.ts';

const [port, poll_id, option_id, connections, perSecond, seconds] = process.argv.slice(2);
const SEND_EVERY_MS = 5;
const GIVE_UP_AFTER_MS = 30_000;

export interface VotedByWebSocket {
  /** Milliseconds from the frame, of each vote. */
  accepted: number[];
  counted: number[];
}

const all = Number(perSecond) * Number(seconds);
const sentAt: number[] = [];
const voted: VotedByWebSocket = { accepted: [], counted: [] };

function note(text: Buffer): void {
  const message = text.toString();
  if (!message.startsWith('{"type":"VOTE_STATUS"')) return;
  const { status, request_id } = JSON.parse(message);
  const ms = performance.now() - (sentAt[Number(request_id)] ?? Number.NaN);
  if (status === 'accepted' || status === 'counted') voted[status as 'accepted' | 'counted'].push(ms);
  else throw new Error(message);
}

const sockets: LoadSocket[] = [];
while (sockets.length < Number(connections)) sockets.push(await openSocket(Number(port), note));

const begun = performance.now();
while (sentAt.length < all) {
  const owed = Math.min(((performance.now() - begun) / 1_000) * Number(perSecond), all);
  while (sentAt.length < owed) {
    const vote = sentAt.push(performance.now()) - 1;
    const user_id = `voter ${process.pid} ${vote}`;
    sockets[vote % sockets.length]?.send({
      action: 'vote',
      poll_id,
      user_id,
      option_id,
      request_id: `${vote}`,
    });
  }
  await delay(SEND_EVERY_MS);
}
const giveUpAt = performance.now() + GIVE_UP_AFTER_MS;
while (voted.counted.length < all) {
  if (performance.now() > giveUpAt)
    throw new Error(`${voted.counted.length} of ${all} were told that they count.`);
  await delay(SEND_EVERY_MS);
}
for (const socket of sockets) socket.close();
process.stdout.write(JSON.stringify(voted));
