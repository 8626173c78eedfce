import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { PollPage } from '../../lib/client/http.ts';
import { createClient } from '../../lib/client/index.ts';
import { api, optionOf } from '../support/http/api.ts';
import { type System, startSystem } from '../support/system/system.ts';

let system: System;
let client: ReturnType<typeof api>;

beforeAll(async () => {
  system = await startSystem();
  client = api(system.httpUrl);
});
afterAll(() => system?.stop());

const list = (query: Record<string, string> = {}) =>
  client.get<PollPage>(`/polls?${new URLSearchParams(query)}`);

test('GET /polls lists open polls newest first, equal to GET /polls/{id}', async () => {
  const older = await client.makePoll();
  const hidden = await client.makePoll({ results_visibility: 'after_vote' });
  await client.voteAndWait(older.id, { user_id: 'anna', option_id: optionOf(older) });
  const { status, body } = await list();
  expect(status).toBe(200);
  const alone = [await client.get(`/polls/${hidden.id}`), await client.get(`/polls/${older.id}`)];
  expect(body).toEqual({ data: alone.map((answer) => answer.body), next_cursor: null });
  expect(body.data[0]).toMatchObject({ total_votes: null, version: null });
});

test('GET /polls is 304 until a poll in the list changes', async () => {
  const poll = await client.makePoll();
  const { headers } = await list();
  expect(headers.get('cache-control')).toContain('s-maxage=1,');
  const known = { 'if-none-match': headers.get('etag') ?? '' };
  expect(await client.get('/polls', known)).toMatchObject({ status: 304, body: '' });
  await client.voteAndWait(poll.id, { user_id: 'anna', option_id: optionOf(poll) });
  expect((await client.get('/polls', known)).status).toBe(200);
});

test('cursors join the pages of one search and are rejected in other searches', async () => {
  const made = [];
  for (const question of ['Über 100% Tee?', 'ÜBER 100% KAFFEE?', 'Über 1000 Tees?', 'über 100%?']) {
    made.push((await client.makePoll({ question })).id);
  }
  const polls = createClient({ http: system.httpUrl, ws: system.wsUrl });
  const first = await polls.listPolls({ q: 'über 100%', limit: 2 });
  const cursor = first.next_cursor ?? '';
  const second = await polls.listPolls({ q: 'über 100%', limit: 2, cursor });
  expect([...first.data, ...second.data].map(({ id }) => id)).toEqual([made[3], made[1], made[0]]);
  expect(second.next_cursor).toBeNull();
  for (const query of [{ cursor }, { cursor, q: 'tee' }, { cursor, q: 'über 100%', status: 'closed' }]) {
    expect(await list(query)).toMatchObject({ status: 400, body: { code: 'invalid_request' } });
  }
});

test('a question is found however it is typed, and a trailing space costs nothing', async () => {
  const { id } = await client.makePoll({ question: 'Wohin in İzmir – Café oder Meer?' });
  for (const q of ['izmir', 'cafe', 'CAFE\u0301 ', ' in  izmir - ', 'ｉｚｍｉｒ', 'wohin\t', 'meer? '])
    expect({ q, found: (await list({ q })).body.data.map((one) => one.id) }).toEqual({ q, found: [id] });
  expect((await list({ q: 'izmir', limit: '1' })).headers.get('etag')).toBe(
    (await list({ q: 'izmir ', limit: '1' })).headers.get('etag'),
  );
});

test('polls of another status are listed on request', async () => {
  const soon = new Date(Date.now() + 60_000).toISOString();
  const { admin_token, ...scheduled } = await client.makePoll({ opens_at: soon });
  expect((await list({ status: 'scheduled' })).body.data).toEqual([scheduled]);
});

test('an unlisted poll is in no list, search or leaderboard until its owner lists it', async () => {
  const poll = await client.makePoll({ question: 'Whom to surprise?', listed: false });
  const show = (listed: boolean) =>
    client.send('PATCH', `/polls/${poll.id}`, { listed }, { authorization: `Bearer ${poll.admin_token}` });
  const found = async () => {
    const lists = [await list({ q: 'surprise' }), await list({ status: 'all', limit: '100' })];
    const board = await client.get<{ data: { poll_id: string }[] }>('/leaderboard?limit=100');
    const ids = [
      ...lists.map(({ body }) => body.data.map(({ id }) => id)),
      board.body.data.map((one) => one.poll_id),
    ];
    return ids.map((some) => some.includes(poll.id));
  };
  await client.voteAndWait(poll.id, { user_id: 'anna', option_id: optionOf(poll) });
  expect((await client.get(`/polls/${poll.id}`)).body).toMatchObject({ listed: false, total_votes: 1 });
  expect(await found()).toEqual([false, false, false]);
  expect(await show(true)).toMatchObject({ status: 200, body: { listed: true } });
  expect(await found()).toEqual([true, true, true]);
  await show(false);
  expect(await found()).toEqual([false, false, false]);
});

test('polls of every status are listed together on request', async () => {
  const soon = new Date(Date.now() + 60_000).toISOString();
  const [open, scheduled] = [await client.makePoll(), await client.makePoll({ opens_at: soon })];
  const { body } = await list({ status: 'all', limit: '2' });
  expect(body.data.map(({ id }) => id)).toEqual([scheduled.id, open.id]);
  const next = await list({ status: 'all', limit: '2', cursor: body.next_cursor ?? '' });
  expect(next.status).toBe(200);
});

test.each([
  { status: 'over' },
  { status: '' },
  { limit: '0' },
  { limit: '101' },
  { limit: 'ten' },
  { cursor: '' },
  { cursor: 'nonsense' },
  { q: 'a\0' },
  { q: 'a'.repeat(501) },
] as Record<string, string>[])('%j is rejected', async (query) => {
  expect(await list(query)).toMatchObject({ status: 400, body: { code: 'invalid_request' } });
});
