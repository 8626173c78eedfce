import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { nextBoard, noBoard } from '../../lib/client/boardState.ts';
import { postgresConfig } from '../../lib/config.ts';
import type { LeaderboardInit, LeaderboardUpdate } from '../../lib/contract/messageTypes.ts';
import type { BoardEntry } from '../../lib/domain/leaderboard.ts';
import { connect, type Sql } from '../../lib/sql/client.ts';
import { api, optionOf } from '../support/http/api.ts';
import { type System, startSystem } from '../support/system/system.ts';
import { openWebSocket, type WebSocketClient } from '../support/websocket/webSocketClient.ts';

let system: System;
let sql: Sql;
let http: ReturnType<typeof api>;
let client: WebSocketClient;
let voters = 0;

beforeAll(async () => {
  system = await startSystem();
  http = api(system.httpUrl);
  sql = connect(postgresConfig({ POSTGRES_HOST: '127.0.0.1', POSTGRES_PORT: `${system.ports.postgres}` }));
});
afterAll(async () => {
  await sql?.end();
  await system?.stop();
});

beforeEach(async () => {
  client = await openWebSocket(system.wsUrl);
});
afterEach(() => client.close());

async function voteFor(pollId: string, optionId: string): Promise<void> {
  const { status } = await http.voteAndWait(pollId, { user_id: `voter ${voters++}`, option_id: optionId });
  expect(status).toBe(200);
}

const leaderboard = async () => (await http.get<{ data: BoardEntry[] }>('/leaderboard')).body.data;

/** The board of a client by all that it has heard so far. */
function boardOf({ messages }: WebSocketClient): BoardEntry[] {
  const isBoard = (message: { type: string }) => message.type.startsWith('LEADERBOARD_');
  const heard = messages.filter(isBoard) as (LeaderboardInit | LeaderboardUpdate)[];
  return heard.reduce(nextBoard, noBoard).entries;
}

const shows = (optionId: string, votes: number) => (message: LeaderboardUpdate) =>
  message.changed.some((entry) => entry.option_id === optionId && entry.vote_count === votes);

describe('the leaderboard over WebSocket', () => {
  test('is sent after connecting', async () => {
    const { data, version, timestamp } = await client.next('LEADERBOARD_INIT');
    expect(data).toEqual(await leaderboard());
    expect(version).toBeGreaterThanOrEqual(0);
    expect(new Date(timestamp).toISOString()).toBe(timestamp);
  });

  test('follows the votes, for early and late connections', async () => {
    await client.next('LEADERBOARD_INIT');
    const poll = await http.makePoll();
    const optionId = optionOf(poll);
    await voteFor(poll.id, optionId);
    const first = await client.next('LEADERBOARD_UPDATE', shows(optionId, 1));
    expect(first).toMatchObject({ base_version: first.version - 1, left: [] });
    expect(boardOf(client)).toEqual(await leaderboard());

    const late = await openWebSocket(system.wsUrl);
    expect((await late.next('LEADERBOARD_INIT')).data).toEqual(await leaderboard());
    await voteFor(poll.id, optionId);
    for (const listener of [client, late]) {
      await listener.next('LEADERBOARD_UPDATE', shows(optionId, 2));
      expect(boardOf(listener)).toEqual(await leaderboard());
    }
    await late.close();
  });

  test('is not sent to a connection with ?board=off until it asks', async () => {
    const quiet = await openWebSocket(`${system.wsUrl}?board=off`);
    const poll = await http.makePoll();
    const optionId = optionOf(poll);
    await voteFor(poll.id, optionId);
    await client.next('LEADERBOARD_UPDATE', shows(optionId, 1));
    await quiet.ask({ action: 'ping' });
    expect(quiet.messages.map(({ type }) => type)).toEqual(['PONG']);

    expect(await quiet.ask({ action: 'leaderboard' })).toMatchObject({ data: await leaderboard() });
    await voteFor(poll.id, optionId);
    await quiet.next('LEADERBOARD_UPDATE', shows(optionId, 2));
    expect(boardOf(quiet)).toEqual(await leaderboard());
    await quiet.close();
  });

  test('is sent again on request', async () => {
    const { version } = await client.next('LEADERBOARD_INIT');
    const answer = await client.ask({ action: 'leaderboard' });
    expect(answer).toMatchObject({ type: 'LEADERBOARD_INIT', data: await leaderboard(), version });
  });
});

describe('a frame over WebSocket', () => {
  test('gets an answer for a known action, with its request_id if it has one', async () => {
    expect(await client.ask({ action: 'ping' })).toEqual({ type: 'PONG', request_id: expect.any(String) });
    client.send({ action: 'ping' });
    expect(await client.next('PONG')).toEqual({ type: 'PONG' });
  });

  test('gets an ERROR for an unknown action', async () => {
    expect(await client.ask({ action: 'dance' })).toMatchObject({ type: 'ERROR', code: 'unknown_action' });
  });

  test('gets an ERROR for garbage; the connection stays open and no internal error is logged', async () => {
    const garbage = ['', 'hello', '{', '7', 'null', '[]', '""', '{}', '{"action":7}', '[{"action":"ping"}]'];
    const frames = [
      ...garbage,
      '['.repeat(9_000),
      Buffer.from([0, 255, 1]),
      Buffer.from('{"action":"ping"}'),
    ];
    for (const frame of frames) {
      client.send(frame);
      expect(await client.next('ERROR')).toMatchObject({ code: 'invalid_request' });
    }
    client.send({ action: 'ping', text: 'x'.repeat(40_000) });
    expect(await client.next('ERROR')).toMatchObject({ code: 'payload_too_large' });
    expect(await client.ask({ action: 'ping' })).toMatchObject({ type: 'PONG' });
    expect(system.output()).not.toContain('"level":"error"');
  });
});

describe('a WebSocket connection', () => {
  const ids = async () => (await sql`select connection_id as id from connections`).map((row) => row['id']);

  test('is deleted when it is closed', async () => {
    const before = await ids();
    const other = await openWebSocket(system.wsUrl);
    const [opened] = (await ids()).filter((id) => !before.includes(id));
    expect(opened).toEqual(expect.any(String));
    await other.close();
    while ((await ids()).includes(opened));
  });

  test('is kept if the client sends a fake $disconnect', async () => {
    await client.next('LEADERBOARD_INIT');
    const poll = await http.makePoll();
    await client.ask({ action: 'subscribe', poll_id: poll.id });
    client.send({ action: '$disconnect' });
    client.send({ action: '$connect' });
    await client.ask({ action: 'ping' });
    await voteFor(poll.id, optionOf(poll));
    await client.next('POLL_UPDATE', ({ poll_id }) => poll_id === poll.id);
    await voteFor(poll.id, optionOf(poll));
    await client.next('LEADERBOARD_UPDATE', shows(optionOf(poll), 2));
    expect(client.messages.filter(({ type }) => type === 'LEADERBOARD_INIT')).toHaveLength(1);
  });

  test('is deleted in the next round if it was lost without a close', async () => {
    await client.next('LEADERBOARD_INIT');
    await sql`
      insert into connections (connection_id, shard, connected_at, board_due_at)
      select 'ghost ' || shard, shard, now() - interval '1 hour', null from generate_series(0, 3) shard`;
    const poll = await http.makePoll();
    await voteFor(poll.id, optionOf(poll, 1));
    while ((await ids()).some((id) => id.startsWith('ghost')));
    await client.next('LEADERBOARD_UPDATE', shows(optionOf(poll, 1), 1));
  });
});
