import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { ServerMessage } from '../../lib/contract/messageTypes.ts';
import { api, optionOf } from '../support/http/api.ts';
import { type System, startSystem } from '../support/system/system.ts';
import { openWebSocket } from '../support/websocket/webSocketClient.ts';

const TICK_MS = 400;
/** How long the votes come. */
const VOTING_MS = 4_000;
/** Rounds begin a little sooner or later than a tick apart. */
const SPARE = 2;

let system: System;
let http: ReturnType<typeof api>;

beforeAll(async () => {
  system = await startSystem({ TICK_MS: `${TICK_MS}` });
  http = api(system.httpUrl);
});
afterAll(() => system?.stop());

test('votes without a pause send a poll once a tick and a leaderboard once a second, and the last of both', async () => {
  const viewer = await openWebSocket(system.wsUrl);
  await viewer.next('LEADERBOARD_INIT');
  const poll = await http.makePoll();
  const option_id = optionOf(poll);
  await viewer.ask({ action: 'subscribe', poll_id: poll.id });

  let votes = 0;
  const vote = () => http.vote(poll.id, { user_id: `voter ${votes++}`, option_id });
  await vote();
  const voted = performance.now();
  await viewer.next('POLL_UPDATE', ({ total_votes }) => total_votes === 1);
  expect(performance.now() - voted).toBeLessThan(TICK_MS);

  const begun = performance.now();
  while (performance.now() - begun < VOTING_MS) await vote();
  const isLast = ({ total_votes }: { total_votes: number | null }) => total_votes === votes;
  await viewer.next('POLL_UPDATE', isLast);
  const showsAll = ({ vote_count }: { vote_count: number }) => vote_count === votes;
  await viewer.next('LEADERBOARD_UPDATE', ({ changed }) => changed.some(showsAll));
  const tookMs = performance.now() - begun;

  const heard = (type: ServerMessage['type']) => viewer.messages.filter((message) => message.type === type);
  expect(heard('POLL_UPDATE').length).toBeLessThanOrEqual(tookMs / TICK_MS + SPARE);
  expect(heard('LEADERBOARD_UPDATE').length).toBeLessThanOrEqual(tookMs / 1_000 + SPARE);
  await viewer.close();
});
