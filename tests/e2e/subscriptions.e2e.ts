import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { WebSocket as WsWebSocket } from 'ws';
import { createClient, type LiveVote, type Poll, type PollState } from '../../lib/client/index.ts';
import { api, optionOf } from '../support/http/api.ts';
import { startWebhookReceiver, verified } from '../support/http/webhookReceiver.ts';
import { launch } from '../support/servers/launch.ts';
import { operate } from '../support/system/operate.ts';
import { type System, startSystem } from '../support/system/system.ts';
import { untilTrue } from '../support/untilTrue.ts';
import { openWebSocket, type WebSocketClient } from '../support/websocket/webSocketClient.ts';

let system: System;
let http: ReturnType<typeof api>;
let first: WebSocketClient;
let second: WebSocketClient;
let voters = 0;

beforeAll(async () => {
  system = await startSystem({ WEBHOOK_TARGETS: 'any' });
  http = api(system.httpUrl);
});
afterAll(() => system?.stop());

beforeEach(async () => {
  [first, second] = await Promise.all([openWebSocket(system.wsUrl), openWebSocket(system.wsUrl)]);
});
afterEach(() => Promise.all([first.close(), second.close()]));

const subscribe = (client: WebSocketClient, poll_id: string, more: object = {}) =>
  client.ask({ action: 'subscribe', poll_id, ...more });

async function voteFor(pollId: string, optionId: string): Promise<string> {
  const { status, body } = await http.voteAndWait(pollId, {
    user_id: `voter ${voters++}`,
    option_id: optionId,
  });
  expect(status).toBe(200);
  return body.receipt;
}

describe('a client that watches a poll', () => {
  test('gets the poll, then an update for every vote', async () => {
    const poll = await http.makePoll();
    const { admin_token: _, ...visible } = poll;
    expect(await subscribe(first, poll.id)).toMatchObject({ type: 'POLL_INIT', poll: visible, viewers: 1 });
    await voteFor(poll.id, optionOf(poll, 1));
    expect(await first.next('POLL_UPDATE')).toEqual({
      type: 'POLL_UPDATE',
      poll_id: poll.id,
      version: poll.version === null ? null : poll.version + 1,
      total_votes: 1,
      vote_counts: [0, 1],
      viewers: 1,
    });
  });

  test('has a higher version for viewers and readers once it opens, and again once it ends', async () => {
    const opens_at = new Date(Date.now() + 1_500).toISOString();
    const poll = await http.makePoll({ opens_at, expired_at: undefined, expires_in: 5 });
    expect(await subscribe(first, poll.id)).toMatchObject({
      poll: { status: 'scheduled', version: poll.version },
    });
    const seen = [poll.version];
    for (const status of ['open', 'closing']) {
      const told = await first.next('POLL_INIT', (message) => message.poll.status === status);
      expect((await http.get(`/polls/${poll.id}`)).body).toEqual(told.poll);
      seen.push(told.poll.version);
    }
    expect(seen).toEqual([1, 2, 3]);
  });

  test('names it by its code, too', async () => {
    const poll = await http.makePoll();
    const code = poll.code.toLowerCase();
    expect(await subscribe(first, code)).toMatchObject({ type: 'POLL_INIT', poll: { id: poll.id } });
    const cast = { action: 'vote', poll_id: code, user_id: 'anna', option_id: optionOf(poll) };
    expect(await first.ask(cast)).toMatchObject({ type: 'VOTE_STATUS', poll_id: poll.id });
    const left = await first.ask({ action: 'unsubscribe', poll_id: code });
    expect(left).toMatchObject({ type: 'UNSUBSCRIBED', poll_id: poll.id });
  });

  test('sees hidden results if it is the owner, and is refused with another token', async () => {
    const poll = await http.makePoll({ results_visibility: 'after_vote' });
    await voteFor(poll.id, optionOf(poll));
    const owner = { admin_token: poll.admin_token };
    expect(await subscribe(first, poll.id, owner)).toMatchObject({ poll: { total_votes: 1 } });
    const other = await http.makePoll();
    const refusal = await subscribe(second, other.id, owner);
    expect(refusal).toMatchObject({ type: 'ERROR', code: 'forbidden' });
    const unknown = await subscribe(second, '01890000-0000-7000-8000-000000000000', owner);
    expect(unknown).toMatchObject({ type: 'ERROR', code: 'poll_not_found' });
    await voteFor(poll.id, optionOf(poll, 1));
    expect(await first.next('POLL_UPDATE')).toMatchObject({ vote_counts: [1, 1] });
  });

  test('gets the number of viewers as others come and leave', async () => {
    const poll = await http.makePoll();
    await subscribe(first, poll.id);
    expect(await subscribe(second, poll.id)).toMatchObject({ viewers: 2 });
    await first.next('POLL_UPDATE', ({ viewers }) => viewers === 2);
    expect(await second.ask({ action: 'unsubscribe', poll_id: poll.id })).toMatchObject({
      type: 'UNSUBSCRIBED',
      poll_id: poll.id,
    });
    await first.next('POLL_UPDATE', ({ viewers }) => viewers === 1);
    await subscribe(second, poll.id);
    await first.next('POLL_UPDATE', ({ viewers }) => viewers === 2);
    await second.close();
    await first.next('POLL_UPDATE', ({ viewers }) => viewers === 1);
    second = await openWebSocket(system.wsUrl);
  });

  test('gets no updates after unsubscribing', async () => {
    const [poll, other] = [await http.makePoll(), await http.makePoll()];
    await subscribe(first, poll.id);
    await subscribe(first, other.id);
    await first.ask({ action: 'unsubscribe', poll_id: poll.id });
    await voteFor(poll.id, optionOf(poll));
    await voteFor(other.id, optionOf(other));
    await first.next('POLL_UPDATE', ({ poll_id }) => poll_id === other.id);
    expect(first.messages).not.toContainEqual(
      expect.objectContaining({ type: 'POLL_UPDATE', poll_id: poll.id }),
    );
  });

  test('has the subscription that it asked for last, if it does not wait for answers', async () => {
    const polls = await Promise.all(Array.from({ length: 15 }, () => http.makePoll()));
    const ended = await Promise.all(Array.from({ length: 15 }, () => http.makePoll()));
    const send = ({ id }: Poll, actions: string[]) => {
      for (const action of actions) first.send({ action, poll_id: id, request_id: id });
    };
    for (const poll of polls) send(poll, ['subscribe', 'unsubscribe', 'subscribe']);
    for (const poll of ended) send(poll, ['subscribe', 'unsubscribe']);
    await untilTrue(() => first.messages.filter((message) => 'request_id' in message).length === 5 * 15);
    await Promise.all([...ended, ...polls].map((poll) => voteFor(poll.id, optionOf(poll))));
    for (const { id } of polls) await first.next('POLL_UPDATE', ({ poll_id }) => poll_id === id);
    const heard = first.messages.flatMap((message) =>
      message.type === 'POLL_UPDATE' && message.total_votes === 1 ? [message.poll_id] : [],
    );
    expect(heard.sort()).toEqual(polls.map(({ id }) => id).sort());
  });

  test('gets an ERROR for an unknown poll', async () => {
    for (const poll_id of ['nonsense', '01890000-0000-7000-8000-000000000000']) {
      expect(await subscribe(first, poll_id)).toMatchObject({ type: 'ERROR', code: 'poll_not_found' });
    }
    expect(await first.ask({ action: 'subscribe' })).toMatchObject({
      type: 'ERROR',
      code: 'invalid_request',
    });
  });

  test('can watch at most fifty polls', async () => {
    const polls = await Promise.all(Array.from({ length: 51 }, () => http.makePoll()));
    const [last, ...fifty] = polls;
    for (const { id } of fifty) expect(await subscribe(first, id)).toMatchObject({ type: 'POLL_INIT' });
    const one = last?.id ?? '';
    expect(await subscribe(first, one)).toMatchObject({ type: 'ERROR', code: 'too_many_subscriptions' });
    expect(await subscribe(first, fifty[0]?.id ?? '')).toMatchObject({ type: 'POLL_INIT' });
    await first.ask({ action: 'unsubscribe', poll_id: fifty[0]?.id });
    expect(await subscribe(first, one)).toMatchObject({ type: 'POLL_INIT' });
  });
});

test('ninety subscriptions in one go leave exactly fifty', async () => {
  const polls = await Promise.all(Array.from({ length: 90 }, () => http.makePoll()));
  for (const { id } of polls) first.send({ action: 'subscribe', poll_id: id, request_id: id });
  const answers = () => first.messages.filter((message) => 'request_id' in message);
  await untilTrue(() => answers().length === polls.length);
  expect(answers().filter(({ type }) => type === 'POLL_INIT')).toHaveLength(50);
  expect(answers().filter(({ type }) => type === 'ERROR')).toHaveLength(40);
});

describe('results that are visible after voting', () => {
  test('are sent to a voter who shows the receipt before the vote is counted', async () => {
    for (let times = 0; times < 25; times += 1) {
      const poll = await http.makePoll({ results_visibility: 'after_vote' });
      const { body } = await http.vote(poll.id, { user_id: 'ada', option_id: optionOf(poll) });
      const init = await subscribe(first, poll.id, { receipt: body.receipt });
      const isOpen = (message: { poll: Poll }) =>
        message.poll.id === poll.id && message.poll.total_votes === 1;
      if (!('poll' in init && isOpen(init))) await first.next('POLL_INIT', isOpen);
      await voteFor(poll.id, optionOf(poll));
      await first.next('POLL_UPDATE', ({ poll_id, total_votes }) => poll_id === poll.id && total_votes === 2);
    }
  });

  test('are sent to voters only', async () => {
    const poll = await http.makePoll({ results_visibility: 'after_vote' });
    const receipt = await voteFor(poll.id, optionOf(poll));
    expect(await subscribe(first, poll.id)).toMatchObject({ poll: { total_votes: null, version: null } });
    const opened = await subscribe(second, poll.id, { receipt });
    expect(opened).toMatchObject({ poll: { total_votes: 1 }, viewers: 2 });
    await voteFor(poll.id, optionOf(poll));
    await second.next('POLL_UPDATE', ({ total_votes }) => total_votes === 2);
    const heard = first.messages.filter(({ type }) => type === 'POLL_UPDATE');
    for (const update of heard) expect(update).toMatchObject({ total_votes: null, vote_counts: null });
  });
});

test('viewers are notified when a poll opens and ends by time', async () => {
  const inMs = (ms: number) => new Date(Date.now() + ms).toISOString();
  const poll = await http.makePoll({ opens_at: inMs(1_000), expired_at: inMs(2_500) });
  expect(await subscribe(first, poll.id)).toMatchObject({ poll: { status: 'scheduled' } });
  await first.next('POLL_INIT', (init) => init.poll.status === 'open');
  expect(await first.next('POLL_CLOSED')).toMatchObject({ poll_id: poll.id, is_final: false });
  expect(Date.now() - Date.parse(poll.expired_at)).toBeLessThan(2_000);
});

describe('a change by the poll owner', () => {
  const owned = (method: string, { id, admin_token }: { id: string; admin_token: string }, body?: object) =>
    http.send(method, `/polls/${id}`, body, { authorization: `Bearer ${admin_token}` });

  test('reaches viewers: a new question, the end, and the deletion', async () => {
    const poll = await http.makePoll();
    await subscribe(first, poll.id);
    await owned('PATCH', poll, { question: 'Tea or milk?' });
    await first.next('POLL_INIT', (init) => init.poll.question === 'Tea or milk?');
    await voteFor(poll.id, optionOf(poll));
    await owned('PATCH', poll, { closed: true });
    const closed = await first.next('POLL_CLOSED');
    expect(closed).toMatchObject({ poll_id: poll.id, is_final: false, total_votes: 1, vote_counts: [1, 0] });
    await owned('DELETE', poll);
    expect(await first.next('POLL_DELETED')).toEqual({ type: 'POLL_DELETED', poll_id: poll.id });
  });

  test('final results follow the end without a request, and reach the poll’s webhook', async () => {
    const receiver = await startWebhookReceiver();
    const poll = await http.makePoll({ results_visibility: 'after_close', webhook_url: receiver.url });
    expect(await subscribe(first, poll.id)).toMatchObject({ poll: { total_votes: null } });
    await voteFor(poll.id, optionOf(poll));
    await owned('PATCH', poll, { closed: true });
    const final = await first.next('POLL_CLOSED', ({ is_final }) => is_final);
    expect(final).toMatchObject({ total_votes: 1, vote_counts: [1, 0] });
    const event = verified(await receiver.nth(1), poll.webhook_secret);
    const { body: visible } = await http.get<Poll>(`/polls/${poll.id}`);
    expect(event).toEqual({ type: 'poll.closed', timestamp: expect.any(String), data: visible });
    await receiver.stop();
  }, 150_000);
});

test('a vote over WebSocket is accepted, then counted or rejected', async () => {
  const poll = await http.makePoll();
  const live = createClient({ http: system.httpUrl, ws: system.wsUrl }).live();
  try {
    await new Promise<void>((resolve) => live.watchLeaderboard(() => resolve()));
    const choice = { option_id: optionOf(poll) };
    const vote: LiveVote = await live.voteLive(poll.id, 'ada', choice);
    expect(await vote.settled).toMatchObject({ status: 'counted', receipt: vote.receipt });
    const again = await live.voteLive(poll.id, 'ada', choice);
    expect(await again.settled).toMatchObject({ status: 'rejected', reason: 'already_voted' });
  } finally {
    live.close();
  }
});

describe('two hundred viewers, half of whom lose their connection', () => {
  const CLIENTS = 200;
  const VOTES = 300;
  const VOTERS_AT_ONCE = 6;

  /** A client whose connection can be cut as a dead network does, without a goodbye. */
  function watcher(pollId: string) {
    let socket: WsWebSocket | undefined;
    class Cuttable extends WsWebSocket {
      constructor(url: string) {
        super(url);
        socket = this;
      }
    }
    let state: PollState | undefined;
    const live = createClient({
      http: system.httpUrl,
      ws: system.wsUrl,
      WebSocket: Cuttable as unknown as typeof WebSocket,
    }).live();
    live.watchPoll(pollId, (present) => {
      state = present;
    });
    return { live, poll: () => state?.poll, cut: () => socket?.terminate() };
  }

  test('all show the current poll within a second after the last vote', async () => {
    const poll = await http.makePoll();
    const watchers = Array.from({ length: CLIENTS }, () => watcher(poll.id));
    try {
      await untilTrue(() => watchers.every((one) => one.poll()));
      let votes = 0;
      const toCut = watchers.filter((_, index) => index % 2 === 0);
      async function voter(): Promise<void> {
        while (votes < VOTES) {
          votes += 1;
          // Every other vote takes one of them out, the last of them long before the last vote.
          if (votes % 2 === 0) toCut.splice(Math.floor(Math.random() * toCut.length), 1)[0]?.cut();
          const ballot = { user_id: `voter ${voters++}`, option_id: optionOf(poll, votes % 2) };
          expect((await http.vote(poll.id, ballot)).status).toBe(202);
        }
      }
      await Promise.all(Array.from({ length: VOTERS_AT_ONCE }, voter));
      expect(toCut).toEqual([]);
      let present: Poll = poll;
      while (present.total_votes !== VOTES) present = (await http.get<Poll>(`/polls/${poll.id}`)).body;
      const counted = performance.now();
      const isBehind = (one: (typeof watchers)[number]) => one.poll()?.version !== present.version;
      await untilTrue(() => !watchers.some(isBehind));
      expect(performance.now() - counted).toBeLessThan(1_000);
      for (const one of watchers) expect(one.poll()).toEqual(present);
    } finally {
      for (const { live } of watchers) live.close();
    }
  });
});

const WATCH = join(import.meta.dirname, '../../lib/operators/watchCommand.ts');

test('`npm run watch` shows the bars of one poll and the number of viewers, on the ports of the environment', async () => {
  const poll = await http.makePoll();
  const watching = launch([process.execPath, WATCH, '--poll', poll.id], {
    cwd: system.dataFolder,
    env: { PORT: new URL(system.httpUrl).port, WEBSOCKET_PORT: new URL(system.wsUrl).port },
  });
  try {
    await watching.said(/Tea or coffee\?\nopen · 0 votes · 1 watching/);
    await voteFor(poll.id, optionOf(poll, 1));
    await watching.said(/open · 1 vote · 1 watching\n\nTea +0\nCoffee +█{40} 1\n/);
  } finally {
    process.kill(watching.pid);
    await watching.exited;
  }
});

test('`npm run watch` says what it waits for if nothing comes', async () => {
  const where = ['--http', 'http://localhost:1', '--ws', 'ws://localhost:1'];
  const watching = launch([process.execPath, WATCH, '--poll', 'ABC', ...where], { cwd: '/', env: {} });
  try {
    await watching.said(/Still waiting for a connection to ws:\/\/localhost:1.*npm start.*--http and --ws/);
  } finally {
    process.kill(watching.pid);
    await watching.exited;
  }
});

test('`npm run polls -- create` creates a poll whose owner the printed token is', async () => {
  const env = { PORT: new URL(system.httpUrl).port };
  const created = await operate(
    'polls',
    ['create', 'Where to?', 'Up', 'Down', '--for', '10m', '--json'],
    env,
  );
  const { id, code, link, admin_token } = JSON.parse(created.stdout);
  const { body: poll } = await http.get<Poll>(`/polls/${code}`);
  expect([created.exitCode, created.stderr, link]).toEqual([0, '', `${system.httpUrl}/${code}`]);
  expect(poll).toMatchObject({ id, question: 'Where to?', status: 'open' });
  expect(Date.parse(poll.expired_at) - Date.parse(poll.created_at)).toBe(600_000);
  const owner = { authorization: `Bearer ${admin_token}` };
  expect((await http.send('PATCH', `/polls/${id}`, { closed: true }, owner)).status).toBe(200);

  const shown = await operate('polls', ['create', 'Where to?', 'Up', 'Down'], env);
  expect(shown.stdout).toMatch(/^id +\S{36}\ncode +\w{6}\nlink +http.*\nends +.*Z\nowner's token +\S+\n$/);
  const refused = await operate('polls', ['create', 'Where to?', 'Up'], env);
  expect(refused).toEqual({ exitCode: 1, stdout: '', stderr: 'options: must have 2 to 50 entries.\n' });
});
