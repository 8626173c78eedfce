import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type WebSocket, WebSocketServer } from 'ws';
import { liveClient } from '../../lib/client/live.ts';
import { serverClock } from '../../lib/client/serverClock.ts';
import { until } from '../../lib/concurrency/deadline.ts';
import { checkTold } from './checks/told.ts';
import { Notices } from './load/notices.ts';

const COUNTED = new Map([['receipt', 'counted']]);
const LIMIT_MS = 5_000;
const SOON_MS = 100;
const doNotRead = () => Promise.reject(new Error('Voters do not read.'));

let server: WebSocketServer;
let connection: WebSocket;
let notices: Notices;
let live: ReturnType<typeof liveClient>;

beforeEach(async () => {
  server = new WebSocketServer({ port: 0 });
  const connected = once(server, 'connection');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  notices = new Notices();
  live = liveClient({
    url: `ws://127.0.0.1:${port}`,
    WebSocketClass: notices.WebSocketClass,
    http: { getPoll: doNotRead, readPoll: doNotRead, getVote: doNotRead },
    clock: serverClock(),
  });
  [connection] = await connected;
  await live.ready();
});
afterEach(() => {
  live.close();
  server.close();
});

function say(status: string, request_id: string): void {
  const message = { type: 'VOTE_STATUS', status, receipt: 'receipt', poll_id: 'poll', request_id };
  connection.send(JSON.stringify(message));
}

/** @returns the request id of a vote that was accepted */
async function vote(): Promise<string> {
  const asked = once(connection, 'message');
  const accepted = live.voteLive('poll', 'anna', { option_id: 'tea' });
  const [frame] = await asked;
  const { request_id } = JSON.parse(frame.toString());
  say('accepted', request_id);
  await accepted;
  return request_id;
}

const found = async (limitMs = LIMIT_MS) =>
  (await checkTold(notices.all, COUNTED, 1, limitMs)).map(({ said }) => said);

describe('what a WebSocket voter is told', () => {
  test('is waited for, and passes the check if it comes once', async () => {
    const request = await vote();
    const judged = found();
    say('counted', request);
    expect(await judged).toEqual([]);
    expect(notices.all.map(({ receipt, told }) => [receipt, told])).toEqual([['receipt', ['counted']]]);
  });

  test('is reported if it comes twice', async () => {
    const request = await vote();
    say('counted', request);
    say('counted', request);
    await until(async () => expect(notices.all[0]?.told).toHaveLength(2), LIMIT_MS);
    expect(await found()).toEqual([expect.stringContaining('told 2 times')]);
  });

  test('is reported as missing while the connection stays open, and not after it is lost', async () => {
    await vote();
    expect(await found(SOON_MS)).toEqual([expect.stringContaining('never told')]);
    const reconnected = once(server, 'connection');
    connection.terminate();
    await reconnected;
    expect(await found()).toEqual([]);
  });
});
