import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { api } from '../support/http/api.ts';
import { type System, startSystem } from '../support/system/system.ts';
import { openWebSocket } from '../support/websocket/webSocketClient.ts';
import { type Clock, createClock } from './worlds/clock.ts';

const HOUR_MS = 3_600_000;
/** By then the run of `closeExpiredPolls` that the start began is over; it takes a minute. */
const ENDS_IN_MS = 75_000;

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

test('after the wall clock was set back by an hour, polls still close', async () => {
  await clock.step(-HOUR_MS);
  const expired_at = new Date(Date.now() + ENDS_IN_MS).toISOString();
  const { id: poll_id } = await api(system.httpUrl).makePoll({ expired_at });
  const viewer = await openWebSocket(system.wsUrl);
  expect(await viewer.ask({ action: 'subscribe', poll_id })).toMatchObject({ type: 'POLL_INIT' });
  expect(await viewer.next('POLL_CLOSED')).toMatchObject({ poll_id, is_final: false });
  await viewer.close();
});
