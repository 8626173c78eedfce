import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import middy from '@middy/core';
import { createRefreshingCache } from '../../lib/concurrency/refreshingCache.ts';
import type { ServerMessage } from '../../lib/contract/messageTypes.ts';
import { UnavailableError } from '../../lib/errors.ts';
import { problemDetails } from '../../lib/http/problemDetails.ts';
import type { HttpEvent, HttpResponse } from '../../lib/http/respond.ts';
import { answerFrames } from '../../lib/realtime/frames/answerFrames.ts';
import { handshakeErrors } from '../../lib/realtime/frames/handshake.ts';
import type { ConnectionEvent, WebSocketResponse } from '../../lib/realtime/frames/readFrame.ts';
import { context, httpEvent } from '../support/http/httpEvent.ts';
import { captureLines } from '../support/metrics/captureStdout.ts';
import { passTime } from '../support/passTime.ts';
import { invokeRoute } from '../support/websocket/webSocketEvent.ts';

const CALM_MS = 10_000;

let isAway: boolean;
let status: number;
let printed: string[];

beforeEach(() => {
  [isAway, status] = [false, 200];
  printed = captureLines();
});
afterEach(() => void jest.restoreAllMocks());

/** What needs the server that is away. */
async function ask<T>(answer: T): Promise<T> {
  if (isAway) throw new UnavailableError('Postgres is away.');
  return answer;
}

const request = middy((_: HttpEvent): Promise<HttpResponse> => ask({ statusCode: status })).use(
  problemDetails(),
);
const message = middy((): Promise<ServerMessage> => ask({ type: 'PONG' })).use(answerFrames());
const connection = middy((_: ConnectionEvent): Promise<WebSocketResponse> => ask({ statusCode: 200 })).use(
  handshakeErrors(),
);
const cached = createRefreshingCache(ask<string>, { freshMs: 0, refreshTimeoutMs: 1_000, maxEntries: 1 });

const said = () => printed.map((line) => JSON.parse(line).message);

describe('the log says once that it fails, and that it works again when nothing has failed for 10 s:', () => {
  test.each<[string, () => Promise<unknown>]>([
    ['Answering requests', () => request(httpEvent({}), context)],
    ['Answering messages', () => invokeRoute(message, 'c', '{"action":"ping"}')],
    ['Opening and closing connections', () => invokeRoute(connection, 'c')],
    ['Refreshing cached values', () => cached('a')],
  ])('%s', async (what, work) => {
    await work();
    isAway = true;
    await work();
    isAway = false;
    // As many do that need no server, or another one.
    await work();
    isAway = true;
    passTime(CALM_MS - 1_000);
    await work();
    expect(said()).toEqual([`${what} failed.`]);
    isAway = false;
    passTime(CALM_MS);
    await work();
    await work();
    expect(said()).toEqual([`${what} failed.`, `${what} works again after 9 s.`]);
  });
});

test('an answer that reports an outage does not end one', async () => {
  isAway = true;
  await request(httpEvent({}), context);
  passTime(CALM_MS);
  [isAway, status] = [false, 503];
  await request(httpEvent({}), context);
  expect(said()).toEqual(['Answering requests failed.']);
  status = 200;
  await request(httpEvent({}), context);
  expect(said()).toHaveLength(2);
});
