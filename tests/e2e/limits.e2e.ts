import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { api, type MadePoll, optionOf } from '../support/http/api.ts';
import { type System, startSystem } from '../support/system/system.ts';
import { openWebSocket } from '../support/websocket/webSocketClient.ts';

const LIMIT = 3;

let system: System;
let client: ReturnType<typeof api>;

beforeAll(async () => {
  system = await startSystem({ VOTES_PER_MINUTE: `${LIMIT}`, CREATIONS_PER_MINUTE: `${LIMIT}` });
  client = api(system.httpUrl);
});
afterAll(() => system?.stop());

interface Problem {
  code: string;
}

const rateOf = (headers: Headers) => [headers.get('ratelimit-policy'), headers.get('ratelimit')];
const totalOf = async ({ id }: MadePoll) => (await client.get<MadePoll>(`/polls/${id}`)).body.total_votes;

test('creations and votes are limited by address; replays are free, and refused votes count later', async () => {
  const create = (key: string, headers = {}) => {
    const poll = { question: 'Tea or coffee?', options: ['Tea', 'Coffee'], expires_in: 600 };
    return client.send<MadePoll & Problem>('POST', '/polls', poll, { 'idempotency-key': key, ...headers });
  };
  const keys = Array.from({ length: LIMIT }, () => randomUUID());
  const made = [];
  for (const key of keys) made.push(await create(key));
  expect(made.map(({ status }) => status)).toEqual(keys.map(() => 201));
  expect(rateOf(made[0]?.headers ?? new Headers())).toEqual([
    `"creations";q=${LIMIT};w=60`,
    expect.stringMatching(`^"creations";r=${LIMIT - 1};t=\\d+$`),
  ]);
  const refused = await create(randomUUID(), { 'x-forwarded-for': '198.51.100.7' });
  expect([refused.status, refused.body.code]).toEqual([429, 'too_many_requests']);
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  for (const [at, key] of keys.entries()) expect((await create(key)).body).toEqual(made[at]?.body);

  const poll = made[0]?.body as MadePoll;
  const ballot = (user_id: string) => ({ user_id, option_id: optionOf(poll) });
  for (const user of ['ada', 'bob', 'cem']) {
    expect((await client.voteAndWait(poll.id, ballot(user))).status).toBe(200);
  }
  const late = await client.vote<Problem>(poll.id, ballot('dee'), { 'x-forwarded-for': '198.51.100.7' });
  expect([late.status, late.body.code]).toEqual([429, 'too_many_requests']);
  expect(rateOf(late.headers)).toEqual([
    `"votes";q=${LIMIT};w=60`,
    `"votes";r=0;t=${late.headers.get('retry-after')}`,
  ]);

  const socket = await openWebSocket(system.wsUrl);
  const say = (user: string) => socket.ask({ action: 'vote', poll_id: poll.id, ...ballot(user) });
  for (const user of ['eve', 'flo', 'gus']) {
    expect(await say(user)).toMatchObject({ status: 'accepted' });
    expect(await socket.next('VOTE_STATUS')).toMatchObject({ status: 'counted' });
  }
  expect(await say('hal')).toMatchObject({ type: 'ERROR', code: 'too_many_requests' });
  expect(await totalOf(poll)).toBe(6);
  await socket.close();

  await system.restart({ VOTES_PER_MINUTE: '' });
  const again = await client.voteAndWait(poll.id, ballot('dee'));
  expect([again.status, ...rateOf(again.headers)]).toEqual([200, null, null]);
  expect(await totalOf(poll)).toBe(7);
});
