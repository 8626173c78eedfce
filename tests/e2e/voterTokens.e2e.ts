import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createClient } from '../../lib/client/index.ts';
import { api, type MadePoll, optionOf } from '../support/http/api.ts';
import { type Issuer, startIssuer } from '../support/http/issuer.ts';
import { type System, startSystem } from '../support/system/system.ts';
import { openWebSocket } from '../support/websocket/webSocketClient.ts';

interface Problem {
  code: string;
  errors?: { field: string }[];
}

let issuer: Awaited<ReturnType<typeof startIssuer>>;
let system: System;
let client: ReturnType<typeof api>;
const given = new Set<string>();

beforeAll(async () => {
  issuer = await startIssuer();
  system = await startSystem(issuer.env);
  client = api(system.httpUrl);
});
afterAll(async () => {
  await system?.stop();
  await issuer?.stop();
});

/** Each that was ever given away, to be looked for where none may be. */
async function token(...claims: Parameters<Issuer['token']>): Promise<string> {
  const made = await issuer.token(...claims);
  given.add(made);
  return made;
}

const bearer = (text: string) => ({ authorization: `Bearer ${text}`, prefer: 'wait=10' });

const castBy = async (sub: string, poll: MadePoll, position = 0) =>
  client.vote<Problem>(poll.id, { option_id: optionOf(poll, position) }, bearer(await token({ sub })));

const counts = async ({ id }: MadePoll) =>
  (await client.get<MadePoll>(`/polls/${id}`)).body.options.map((option) => option.vote_count);

const frame = (poll: MadePoll, more: object = {}) => ({
  action: 'vote',
  poll_id: poll.id,
  option_id: optionOf(poll),
  ...more,
});

const opened = async (text: string) => openWebSocket(`${system.wsUrl}?token=${encodeURIComponent(text)}`);

describe('with VOTER_AUTH=jwt', () => {
  // First of all, since later the keys are here already.
  test('no vote is rejected while the issuer’s keys are unavailable', async () => {
    const poll = await client.makePoll();
    const good = await token();
    issuer.away = true;
    const { status, headers, body } = await client.vote<Problem>(
      poll.id,
      { option_id: optionOf(poll) },
      bearer(good),
    );
    expect([status, body.code, headers.get('retry-after')]).toEqual([503, 'unavailable', '2']);
    await expect(opened(good)).rejects.toThrow('503');
    const viewer = await openWebSocket(system.wsUrl);
    expect(await viewer.ask(frame(poll, { token: good }))).toMatchObject({ code: 'unavailable' });
    issuer.away = false;
    expect(await viewer.ask(frame(poll, { token: good }))).toMatchObject({ status: 'accepted' });
    await viewer.close();
  });

  test('a voter counts once, by HTTP, by frame token or by connection token', async () => {
    const poll = await client.makePoll();
    expect((await castBy('http voter', poll)).status).toBe(200);
    expect((await castBy('http voter', poll, 1)).body.code).toBe('already_voted');

    const viewer = await openWebSocket(system.wsUrl);
    const theirs = await opened(await token({ sub: 'connected voter' }));
    const votes = [
      [viewer, { token: await token({ sub: 'frame voter' }) }, 'counted'],
      [theirs, {}, 'counted'],
      [theirs, { token: await token({ sub: 'frame voter' }) }, 'rejected'],
      [viewer, { token: await token({ sub: 'connected voter' }) }, 'rejected'],
      [theirs, {}, 'rejected'],
    ] as const;
    for (const [socket, more, outcome] of votes) {
      expect(await socket.ask(frame(poll, more))).toMatchObject({ type: 'VOTE_STATUS', status: 'accepted' });
      expect(await socket.next('VOTE_STATUS')).toMatchObject({ status: outcome });
    }
    expect((await castBy('connected voter', poll)).body.code).toBe('already_voted');
    expect(await counts(poll)).toEqual([3, 0]);
    await Promise.all([viewer.close(), theirs.close()]);
  });

  test('a vote by HTTP is rejected in the order 401, 400, 404, with a challenge', async () => {
    const poll = await client.makePoll();
    const ballot = { option_id: optionOf(poll) };
    const refusal = async (body: unknown, headers: Record<string, string>, id = poll.id) => {
      const answer = await client.vote<Problem>(id, body, headers);
      const fields = answer.body.errors?.map(({ field }) => field);
      return [answer.status, answer.body.code, fields ?? answer.headers.get('www-authenticate')];
    };
    const named = { ...ballot, user_id: 'anna' };
    const bad = bearer(await token({ aud: 'somebody else' }));
    expect(await refusal(named, {})).toEqual([401, 'unauthorized', 'Bearer']);
    expect(await refusal('{', bad, 'nonsense')).toEqual([
      401,
      'unauthorized',
      'Bearer error="invalid_token"',
    ]);
    expect(await refusal(named, bearer(await token()), 'nonsense')).toEqual([
      400,
      'invalid_request',
      ['user_id'],
    ]);
    expect(await refusal(ballot, bearer(await token()), 'nonsense')).toEqual([404, 'poll_not_found', null]);
    expect(await counts(poll)).toEqual([0, 0]);
  });

  test('a vote over WebSocket needs a valid token; watching needs none', async () => {
    const poll = await client.makePoll();
    const expired = await token({ exp: 1_000_000_000 });
    await expect(opened(expired)).rejects.toThrow('401');
    const viewer = await openWebSocket(system.wsUrl);
    await viewer.next('LEADERBOARD_INIT');
    expect(await viewer.ask({ action: 'subscribe', poll_id: poll.id })).toMatchObject({ type: 'POLL_INIT' });
    for (const more of [{}, { token: expired }]) {
      expect(await viewer.ask(frame(poll, more))).toMatchObject({ type: 'ERROR', code: 'unauthorized' });
    }
    const named = frame(poll, { token: await token(), user_id: 'anna' });
    expect(await viewer.ask(named)).toMatchObject({ type: 'ERROR', code: 'invalid_request' });
    expect(await counts(poll)).toEqual([0, 0]);
    await viewer.close();
  });

  test('the typed client sends a token instead of a user id', async () => {
    const poll = await client.makePoll();
    const polls = createClient({ http: system.httpUrl, ws: system.wsUrl });
    const choice = { option_id: optionOf(poll, 1) };
    const first = await polls.vote(poll.id, { token: await token({ sub: 'one' }) }, choice, 10);
    expect(first.status).toBe('counted');
    const live = polls.live();
    await new Promise<void>((shown) => live.watchLeaderboard(() => shown()));
    const second = await live.voteLive(poll.id, { token: await token({ sub: 'two' }) }, choice);
    expect((await second.settled).status).toBe('counted');
    await expect(polls.vote(poll.id, 'three', choice)).rejects.toMatchObject({ code: 'unauthorized' });
    expect(await counts(poll)).toEqual([0, 2]);
    live.close();
  });

  test('no token and no voter appears in the output of the system', () => {
    expect(given.size).toBeGreaterThan(10);
    for (const secret of [...given, 'http voter', 'frame voter', 'connected voter']) {
      expect(system.output()).not.toContain(secret);
    }
  });
});
