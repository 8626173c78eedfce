import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import type { Poll } from '../../lib/domain/poll.ts';
import { api, optionOf } from '../support/http/api.ts';
import { type System, startSystem } from '../support/system/system.ts';
import { untilTrue } from '../support/untilTrue.ts';
import { openWebSocket } from '../support/websocket/webSocketClient.ts';
import { type Clock, createClock } from './worlds/clock.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** By then the run of `closeExpiredPolls` that the start began is over; it takes a minute. */
const ENDS_IN_MS = 75_000;

const inSeconds = (seconds: number) => () => new Date(Date.now() + seconds * 1_000).toISOString();

jest.setTimeout(180_000);

let folder: string;
let clock: Clock;
let system: System;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'poleparty-clock-'));
  clock = await createClock(folder);
  system = await startSystem(clock.env);
});
afterAll(async () => {
  await system?.stop();
  await rm(folder, { recursive: true, force: true });
});

test('while the wall clock is a minute behind, votes are accepted, counted and shown', async () => {
  await clock.step(-MINUTE_MS);
  const client = api(system.httpUrl);
  const poll = await client.makePoll();
  const viewer = await openWebSocket(system.wsUrl);
  await viewer.ask({ action: 'subscribe', poll_id: poll.id });
  const voteOf = async (user_id: string) =>
    (await client.voteAndWait(poll.id, { user_id, option_id: optionOf(poll) })).body.status;
  expect(await voteOf('anna')).toBe('counted');
  expect(await viewer.next('POLL_UPDATE')).toMatchObject({ poll_id: poll.id, total_votes: 1 });
  expect(await voteOf('ben')).toBe('counted');
  expect(await viewer.next('POLL_UPDATE')).toMatchObject({ poll_id: poll.id, total_votes: 2 });
  await viewer.close();
});

test.each([
  ['behind, a poll that has just opened', -MINUTE_MS, { opens_at: inSeconds(3), expired_at: inSeconds(600) }],
  ['ahead, a poll that is about to end', MINUTE_MS, { expired_at: inSeconds(40) }],
])('while the wall clock is a minute %s takes votes', async (_, offMs, times) => {
  await clock.step(offMs);
  const client = api(system.httpUrl);
  const poll = await client.makePoll(
    Object.fromEntries(Object.entries(times).map(([name, at]) => [name, at()])),
  );
  await untilTrue(async () => (await client.get<Poll>(`/polls/${poll.id}`)).body.status === 'open');
  const vote = await client.voteAndWait(poll.id, { user_id: 'anna', option_id: optionOf(poll) });
  expect(vote.body.status).toBe('counted');
});

test('after the wall clock was set back by an hour, polls still close', async () => {
  await clock.step(-HOUR_MS);
  const expired_at = new Date(Date.now() + ENDS_IN_MS).toISOString();
  const { id: poll_id } = await api(system.httpUrl).makePoll({ expired_at });
  const viewer = await openWebSocket(system.wsUrl);
  expect(await viewer.ask({ action: 'subscribe', poll_id })).toMatchObject({ type: 'POLL_INIT' });
  expect(await viewer.next('POLL_CLOSED')).toMatchObject({ poll_id, is_final: false });
  await viewer.close();
});
