import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createClient } from '../../lib/client/index.ts';
import type { BoardEntry } from '../../lib/domain/leaderboard.ts';
import type { Poll } from '../../lib/domain/poll.ts';
import { type Accepted, type Answer, api, type MadePoll, optionOf } from '../support/http/api.ts';
import { operate } from '../support/system/operate.ts';
import { type System, startSystem } from '../support/system/system.ts';
import { untilTrue } from '../support/untilTrue.ts';
import { openWebSocket } from '../support/websocket/webSocketClient.ts';

const HOUR_MS = 3_600_000;
const NO_POLL = '0190a5d8-c0de-7000-8000-00000000abcd';
/** The schedule comes by each minute, and the last votes are given fifteen seconds: that twice. */
const TWICE_FINAL_MS = 240_000;

let system: System;
let client: ReturnType<typeof api>;
let voters = 0;

beforeAll(async () => {
  system = await startSystem();
  client = api(system.httpUrl);
});
afterAll(() => system?.stop());

const inHours = (hours: number) => new Date(Date.now() + hours * HOUR_MS).toISOString();
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const change = <T = Poll>({ id, admin_token }: MadePoll, changes: unknown) =>
  client.send<T>('PATCH', `/polls/${id}`, changes, bearer(admin_token));
const remove = ({ id, admin_token }: MadePoll) =>
  client.send('DELETE', `/polls/${id}`, undefined, bearer(admin_token));
const read = async (poll: Poll) => (await client.get<Poll>(`/polls/${poll.id}`)).body;
const vote = (poll: Poll) =>
  client.voteAndWait(poll.id, { user_id: `voter ${voters++}`, option_id: optionOf(poll) });

async function untilFinal(poll: Poll): Promise<Poll> {
  await untilTrue(async () => (await read(poll)).is_final);
  return read(poll);
}

describe('a request without the owner token', () => {
  const requests = [
    ['PATCH', { closed: true }],
    ['DELETE', undefined],
  ] as const;

  test.each(requests)('cannot %s a poll and gets the reason', async (method, body) => {
    const [poll, other] = [await client.makePoll(), await client.makePoll()];
    const { admin_token: token } = poll;
    const ask = (headers: Record<string, string>, id = poll.id) =>
      client.send(method, `/polls/${id}`, body, headers);
    const matrix: [Record<string, string>, number, string][] = [
      [{}, 401, 'unauthorized'],
      [{ authorization: '' }, 401, 'unauthorized'],
      [{ authorization: 'Bearer' }, 401, 'unauthorized'],
      [{ authorization: `Basic ${token}` }, 401, 'unauthorized'],
      [{ authorization: token }, 401, 'unauthorized'],
      [bearer('nonsense'), 403, 'forbidden'],
      [bearer('k9.%00é'), 403, 'forbidden'],
      [bearer(`${token}x`), 403, 'forbidden'],
      [bearer(token.slice(0, -1)), 403, 'forbidden'],
      [bearer(token.toUpperCase()), 403, 'forbidden'],
      [bearer(other.admin_token), 403, 'forbidden'],
    ];
    for (const [headers, status, code] of matrix) {
      const answer = await ask(headers);
      expect({ headers, status: answer.status, body: answer.body }).toMatchObject({ status, body: { code } });
      expect(answer.headers.get('www-authenticate')).toBe(status === 401 ? 'Bearer' : null);
    }
    for (const id of [NO_POLL, 'nonsense', '%00']) {
      for (const headers of [{}, bearer(token)]) {
        expect(await ask(headers, id)).toMatchObject({ status: 404, body: { code: 'poll_not_found' } });
      }
    }
    expect(await read(poll)).toMatchObject({ status: 'open', version: poll.version });
    const right = await ask({ authorization: `bearer  ${token}` }, poll.id.toUpperCase());
    expect(right.status).toBe(method === 'PATCH' ? 200 : 204);
  });

  test('gets the error about the token before any error about the body', async () => {
    const poll = await client.makePoll();
    const text = { 'content-type': 'text/plain' };
    expect((await client.send('PATCH', `/polls/${poll.id}`, 'what?', text)).status).toBe(401);
    const wrong = { ...text, ...bearer('nonsense') };
    expect((await client.send('PATCH', `/polls/${poll.id}`, 'what?', wrong)).status).toBe(403);
    const right = { ...text, ...bearer(poll.admin_token) };
    expect((await client.send('PATCH', `/polls/${poll.id}`, 'what?', right)).status).toBe(415);
  });

  test('gets the allowed methods', async () => {
    const poll = await client.makePoll();
    const answer = await client.send('PUT', `/polls/${poll.id}`, {});
    expect(answer).toMatchObject({ status: 405, body: { code: 'method_not_allowed' } });
    expect(answer.headers.get('allow')).toBe('GET, HEAD, PATCH, DELETE, OPTIONS');
    const preflight = await fetch(`${system.httpUrl}/polls/${poll.id}`, { method: 'OPTIONS' });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get('access-control-allow-methods')).toBe('GET, HEAD, PATCH, DELETE, OPTIONS');
    expect(preflight.headers.get('access-control-allow-headers')).toContain('Authorization');
    expect(preflight.headers.get('access-control-allow-headers')).toContain('If-Match');
  });
});

describe('PATCH /polls/{id}', () => {
  test.each([
    ['nothing', {}, ''],
    ['nothing it knows', { status: 'closed' }, ''],
    ['no object', [], ''],
    ['not to close', { closed: false }, 'closed'],
    ['to close and to extend', { closed: true, expired_at: inHours(1) }, 'expired_at'],
    ['an end in the past', { expired_at: '2020-01-01T00:00:00Z' }, 'expired_at'],
    ['an end in six years', { expired_at: inHours(6 * 366 * 24) }, 'expired_at'],
    ['no end', { expired_at: null }, 'expired_at'],
    ['an end in four seconds', { expires_in: 4 }, 'expires_in'],
    ['two ends', { expires_in: 60, expired_at: inHours(1) }, 'expires_in'],
    ['an opening after the opening', { opens_at: inHours(0.5) }, 'opens_at'],
    ['an empty question', { question: ' ' }, 'question'],
    ['options that are the same', { options: ['Tea', ' Tea'] }, 'options'],
    ['another number of options', { options: ['Tea', 'Coffee', 'Milk'], question: 'And?' }, 'options'],
  ])('rejects a request for %s', async (_, changes, field) => {
    const poll = await client.makePoll();
    const answer = await change<{ errors?: { field: string }[] }>(poll, changes);
    expect(answer).toMatchObject({ status: 400, body: { code: 'invalid_request' } });
    expect(answer.body.errors?.map((one) => one.field)).toEqual([field]);
    const { admin_token: __, ...before } = poll;
    expect(await read(poll)).toEqual(before);
  });

  test('changes texts and the end together, and answers with the poll only', async () => {
    const poll = await client.makePoll();
    const expired_at = inHours(2);
    const changes = { question: ' And now? ', options: ['Coffee', 'Cafe\u0301'], expired_at };
    const { status, body } = await change(poll, changes);
    expect(status).toBe(200);
    const { admin_token: _, ...before } = poll;
    expect(body).toEqual({
      ...before,
      question: 'And now?',
      expired_at,
      options: poll.options.map((option, at) => ({ ...option, option_text: ['Coffee', 'Café'][at] })),
      version: expect.any(Number),
    });
    expect(body.version).toBeGreaterThan(poll.version ?? Number.NaN);
    expect(await read(poll)).toEqual(body);
  });

  test('changes no text and nothing else after a vote was counted', async () => {
    const poll = await client.makePoll();
    await vote(poll);
    const before = await read(poll);
    for (const changes of [{ question: 'And now?' }, { options: ['Coffee', 'Tea'], closed: true }]) {
      expect(await change(poll, changes)).toMatchObject({ status: 409, body: { code: 'has_votes' } });
    }
    expect(await read(poll)).toEqual(before);
    expect((await change(poll, { expired_at: inHours(2) })).status).toBe(200);
  });

  test('is applied only in the state that If-Match names, whatever votes come', async () => {
    const poll = await client.makePoll({ results_visibility: 'after_vote' });
    const owner = bearer(poll.admin_token);
    const path = `/polls/${poll.id}`;
    const ask = (method: string, etag: string | null, changes?: object) =>
      client.send(method, path, changes, { ...owner, 'if-match': `${etag}` });
    const etag = (await client.get(path, owner)).headers.get('etag');
    const failed = { status: 412, body: { code: 'precondition_failed', title: 'Precondition Failed' } };
    expect(await ask('PATCH', '"nonsense"', { question: 'And now?' })).toMatchObject(failed);
    expect(await ask('PATCH', 'W/"nonsense"', { question: 'And now?' })).toMatchObject(failed);
    await vote(poll);

    const tabs = await Promise.all([2, 3].map((hours) => ask('PATCH', etag, { expired_at: inHours(hours) })));
    expect(tabs.map(({ status }) => status).sort()).toEqual([200, 412]);
    const changed = tabs.find(({ status }) => status === 200)?.headers.get('etag');
    expect((await client.get(path, owner)).headers.get('etag')).toBe(changed);
    expect(await ask('DELETE', etag)).toMatchObject(failed);
    expect((await ask('PATCH', '*', { listed: false })).status).toBe(200);
    expect(await ask('DELETE', `${changed}`)).toMatchObject(failed);
    const present = (await client.get(path)).headers.get('etag');
    // As a proxy that compresses passes it on.
    expect((await ask('DELETE', `"a", W/${present}`)).status).toBe(204);
    expect((await ask('DELETE', '*')).status).toBe(404);
  });

  test('shows the owner the turnout of an election, and nothing else that is hidden', async () => {
    const poll = await client.makePoll({ results_visibility: 'after_close' });
    const { body } = await change(poll, { closed: true });
    expect(body).toMatchObject({ status: 'closing', total_votes: 0, version: null });
    expect(body.options.map((option) => option.vote_count)).toEqual([null, null]);
  });

  test('closes a poll that has not opened yet', async () => {
    const poll = await client.makePoll({ opens_at: inHours(0.5) });
    expect((await change(poll, { closed: true })).body).toMatchObject({
      status: 'closing',
      closed_at: expect.any(String),
    });
    expect((await change(poll, { expired_at: inHours(0.25) })).status).toBe(400);
    expect((await change(poll, { expired_at: inHours(1) })).body).toMatchObject({
      status: 'scheduled',
      opens_at: poll.opens_at,
      closed_at: null,
    });
  });

  test('moves an opening that is ahead, or opens the poll now for a number of seconds', async () => {
    const poll = await client.makePoll({ opens_at: inHours(0.5) });
    const later = inHours(0.6);
    const moved = await change(poll, { opens_at: later });
    expect(moved.body).toMatchObject({ status: 'scheduled', opens_at: later, expired_at: poll.expired_at });
    expect((await change(poll, { opens_at: poll.expired_at })).status).toBe(400);
    const { body } = await change(poll, { opens_at: '2020-01-01T00:00:00Z', expires_in: 60 });
    expect(body.status).toBe('open');
    expect(Date.parse(body.expired_at) - Date.parse(body.opens_at ?? '')).toBe(60_000);
    expect((await vote(poll)).status).toBe(200);
    const late = await change(poll, { opens_at: inHours(0.5) });
    expect(late).toMatchObject({ status: 400, body: { errors: [{ field: 'opens_at' }] } });
  });

  test(
    'ends voting and reopens a final poll: new votes count and the results become final again',
    async () => {
      const poll = await client.makePoll();
      await vote(poll);
      const closed = (await change(poll, { closed: true })).body;
      expect(closed).toMatchObject({ status: 'closing', is_final: false, expired_at: poll.expired_at });
      expect(Date.parse(closed.closed_at ?? '')).toBeLessThanOrEqual(Date.now());
      const late = await vote(poll);
      expect(late).toMatchObject({ status: 409, body: { code: 'poll_closed' } });
      const final = await untilFinal(poll);
      expect(final).toMatchObject({ status: 'closed', closed_at: closed.closed_at, total_votes: 1 });

      const reopened = (await change(poll, { expired_at: inHours(1) })).body;
      expect(reopened).toMatchObject({ status: 'open', is_final: false, closed_at: null, total_votes: 1 });
      expect(reopened.version).toBeGreaterThan(final.version ?? Number.NaN);
      expect((await vote(poll)).status).toBe(200);
      await change(poll, { closed: true });
      expect(await untilFinal(poll)).toMatchObject({ status: 'closed', total_votes: 2 });
    },
    TWICE_FINAL_MS,
  );
});

describe('DELETE /polls/{id}', () => {
  test('removes a poll everywhere, and its votes get status poll_deleted', async () => {
    const poll = await client.makePoll();
    const watcher = await openWebSocket(system.wsUrl);
    await watcher.ask({ action: 'subscribe', poll_id: poll.id });
    const { receipt } = (await vote(poll)).body;
    expect((await client.get<{ data: BoardEntry[] }>('/leaderboard')).body.data).toContainEqual(
      expect.objectContaining({ poll_id: poll.id }),
    );

    // What no board has shown cannot leave it.
    await watcher.next('LEADERBOARD_UPDATE', ({ changed }) =>
      changed.some(({ poll_id }) => poll_id === poll.id),
    );

    const deleted = await remove(poll);
    expect([deleted.status, deleted.body]).toEqual([204, '']);
    expect((await client.get(`/polls/${poll.id}`)).status).toBe(404);
    expect((await client.get<{ data: BoardEntry[] }>('/leaderboard')).body.data).not.toContainEqual(
      expect.objectContaining({ poll_id: poll.id }),
    );
    const rejected = { status: 'rejected', reason: 'poll_deleted', poll_id: poll.id };
    expect((await client.get(`/votes/${receipt}`)).body).toEqual(rejected);
    expect((await remove(poll)).body).toMatchObject({ code: 'poll_not_found' });
    expect((await change(poll, { closed: true })).status).toBe(404);

    expect(await watcher.next('POLL_DELETED')).toEqual({ type: 'POLL_DELETED', poll_id: poll.id });
    await watcher.next('LEADERBOARD_UPDATE', ({ left }) => left.includes(optionOf(poll)));
    await watcher.close();
  });
});

describe('votes that are sent after the answer, of many that never pause,', () => {
  /** Longer than any process uses rules that it remembers. */
  const AFTER_MS = 2_500;

  /** Votes all the time: before the request, meanwhile, and for a while after its answer.
   * @returns the answers to votes that were sent before it was answered, and after that */
  async function votesAround(poll: MadePoll, request: () => Promise<Answer<unknown>>) {
    const votes: { sentAt: number; answer: Answer<Accepted & { code?: string }> }[] = [];
    let end = Number.POSITIVE_INFINITY;
    const voteOn = async () => {
      while (performance.now() < end) {
        const sentAt = performance.now();
        const ballot = { user_id: `voter ${voters++}`, option_id: optionOf(poll) };
        votes.push({ sentAt, answer: await client.vote<Accepted & { code?: string }>(poll.id, ballot) });
      }
    };
    const voting = [voteOn(), voteOn()];
    await untilTrue(async () => votes.length > 20);
    const { status } = await request();
    const answeredAt = performance.now();
    end = answeredAt + AFTER_MS;
    await Promise.all(voting);
    const isLater = ({ sentAt }: { sentAt: number }) => sentAt > answeredAt;
    const later = votes.filter(isLater).map(({ answer }) => `${answer.status} ${answer.body.code}`);
    const earlier = votes.filter((one) => !isLater(one)).map(({ answer }) => answer);
    return { status, earlier, later: [...new Set(later)] };
  }

  test('are refused once the poll is closed, and each one accepted before has its outcome', async () => {
    const poll = await client.makePoll();
    const { status, later, earlier } = await votesAround(poll, () => change(poll, { closed: true }));
    expect([status, later]).toEqual([200, ['409 poll_closed']]);
    const receipts = earlier.flatMap(({ body }) => body.receipt ?? []);
    const outcomes = () =>
      Promise.all(
        receipts.map(async (receipt) => {
          const { body } = await client.get<{ status: string; reason?: string }>(`/votes/${receipt}`);
          return body.reason ?? body.status;
        }),
      );
    await untilTrue(async () => !(await outcomes()).includes('accepted'));
    const counted = (await outcomes()).filter((one) => one === 'counted').length;
    expect(counted).toBeGreaterThan(0);
    expect((await read(poll)).total_votes).toBe(counted);
  });

  test('are refused once the end has passed that was moved ahead', async () => {
    const poll = await client.makePoll();
    const soon = () => change(poll, { expired_at: new Date(Date.now() + 600).toISOString() });
    const { status, later } = await votesAround(poll, soon);
    expect([status, later]).toEqual([200, ['409 poll_closed']]);
  });

  test('are for no poll once it is deleted, and those accepted before count for nothing', async () => {
    const poll = await client.makePoll();
    const { status, later, earlier } = await votesAround(poll, () => remove(poll));
    expect([status, later]).toEqual([204, ['404 poll_not_found']]);
    const last = earlier.findLast((one) => one.status === 202);
    await untilTrue(async () => {
      const { body } = await client.get<{ reason?: string }>(`/votes/${last?.body.receipt}`);
      return body.reason === 'poll_deleted';
    });
  });
});

test('operators close and delete a poll without its token, and viewers are notified', async () => {
  const poll = await client.makePoll();
  const watcher = await openWebSocket(system.wsUrl);
  await watcher.ask({ action: 'subscribe', poll_id: poll.id });
  const { postgres, kafka } = system.ports;
  const polls = (...args: string[]) =>
    operate('polls', args, { POSTGRES_PORT: `${postgres}`, KAFKA_PORT: `${kafka}` });

  const closed = await polls('close', poll.id, '--json');
  expect([closed.exitCode, JSON.parse(closed.stdout)]).toEqual([
    0,
    { poll: await read(poll), viewers_notified: true },
  ]);
  expect(await watcher.next('POLL_CLOSED')).toMatchObject({ poll_id: poll.id, is_final: false });
  expect(await polls('delete', poll.id, '--yes')).toMatchObject({ exitCode: 0, stderr: '' });
  expect(await watcher.next('POLL_DELETED')).toEqual({ type: 'POLL_DELETED', poll_id: poll.id });
  await watcher.close();
});

test('the typed client supports all owner actions', async () => {
  const polls = createClient({ http: system.httpUrl, ws: system.wsUrl });
  const question = { question: 'Tea or coffee?', options: ['Tea', 'Coffee'], expired_at: inHours(1) };
  const { id, admin_token } = await polls.createPoll(question);
  expect(await polls.updatePoll(id, admin_token, { question: 'And now?' })).toMatchObject({
    question: 'And now?',
  });
  const quiz = await polls.createPoll({ ...question, results_visibility: 'after_vote' });
  expect(await polls.getPoll(quiz.id)).toMatchObject({ total_votes: null });
  expect(await polls.getPoll(quiz.id, undefined, { ownerToken: quiz.admin_token })).toMatchObject({
    total_votes: 0,
  });
  await expect(polls.deletePoll(id, 'nonsense')).rejects.toMatchObject({ status: 403, code: 'forbidden' });
  await polls.deletePoll(id, admin_token);
  await expect(polls.getPoll(id)).rejects.toMatchObject({ status: 404, code: 'poll_not_found' });
});
