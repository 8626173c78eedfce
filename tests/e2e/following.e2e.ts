import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { WebSocket } from 'ws';
import { createClient, type PollState } from '../../lib/client/index.ts';
import { until } from '../../lib/concurrency/deadline.ts';
import type { PollInit } from '../../lib/contract/messageTypes.ts';
import { api, optionOf } from '../support/http/api.ts';
import { type System, startSystem } from '../support/system/system.ts';
import { openWebSocket, type WebSocketClient } from '../support/websocket/webSocketClient.ts';

/** Posts reach ten viewers in time. */
const POSTS_PER_SECOND = 2;
const MOST = 10;
const TIMEOUT_MS = 30_000;

let system: System;
let http: ReturnType<typeof api>;

beforeAll(async () => {
  system = await startSystem({ POSTS_PER_SECOND: `${POSTS_PER_SECOND}` });
  http = api(system.httpUrl);
});
afterAll(() => system?.stop());

const watching = (viewer: WebSocketClient, pollId: string) =>
  viewer.ask({ action: 'subscribe', poll_id: pollId }) as Promise<PollInit>;

test('beyond what posts reach, viewers get the URL of the poll; the client reads it and sees its end', async () => {
  const poll = await http.makePoll();
  const viewers: WebSocketClient[] = [];
  for (let count = 0; count <= MOST; count += 1) {
    const viewer = await openWebSocket(`${system.wsUrl}?board=off`);
    viewers.push(viewer);
    await watching(viewer, poll.id);
  }
  // Earlier viewers get it too.
  const told = await viewers[0]?.next('POLL_INIT', ({ follow }) => follow !== undefined);
  expect(told?.follow?.url).toBe(`${system.httpUrl}/polls/${poll.id}`);

  const read = await fetch(told?.follow?.url ?? '');
  expect(read.headers.get('cache-control')).toContain('s-maxage=1');
  expect(await read.json()).toMatchObject({ id: poll.id, total_votes: 0 });

  const client = createClient({
    // No server listens there: the client reads the URL that it got.
    http: 'http://localhost:9',
    ws: system.wsUrl,
    WebSocket: WebSocket as unknown as typeof globalThis.WebSocket,
  });
  const live = client.live();
  let seen: PollState | undefined;
  live.watchPoll(poll.id, (state) => {
    seen = state;
  });
  const sees = (part: object) => until(async () => expect(seen).toMatchObject(part), TIMEOUT_MS);
  await sees({ poll: { total_votes: 0 } });
  await http.vote(poll.id, { user_id: 'ada', option_id: optionOf(poll) });
  await sees({ poll: { total_votes: 1 } });
  expect(Math.abs(client.now() - Date.now())).toBeLessThan(60_000);
  await http.send('DELETE', `/polls/${poll.id}`, undefined, { authorization: `Bearer ${poll.admin_token}` });
  await sees({ deleted: true });
  live.close();
  for (const viewer of viewers) await viewer.close();
});
