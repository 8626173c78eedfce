import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { api, type MadePoll } from '../support/http/api.ts';
import { handshake, openRawSocket, textFrame } from '../support/http/rawSocket.ts';
import { freezeAlone } from '../support/servers/serverProcesses.ts';
import { type System, startSystem } from '../support/system/system.ts';
import { openWebSocket, type WebSocketClient } from '../support/websocket/webSocketClient.ts';

/** More than Node lets wait by default. */
const CROWD = 1_500;
const STATUS_LINE_LENGTH = 'HTTP/1.1 404'.length;

let system: System;
let http: ReturnType<typeof api>;
let pid: number;
let poll: MadePoll;
let viewer: WebSocketClient;

beforeAll(async () => {
  system = await startSystem();
  http = api(system.httpUrl);
  pid = system.pid;
  poll = await http.makePoll();
  viewer = await openWebSocket(system.wsUrl);
  await viewer.ask({ action: 'subscribe', poll_id: poll.id });
});
afterAll(async () => {
  await viewer?.close();
  await system?.stop();
});
// The same process still answers, on both ports and on a connection of before.
afterEach(expectAlive);

async function expectAlive(): Promise<void> {
  expect(() => process.kill(pid, 0)).not.toThrow();
  expect((await http.get('/health')).status).toBe(200);
  expect(await viewer.ask({ action: 'ping' })).toMatchObject({ type: 'PONG' });
}

const mask = [0, 0, 0, 0];

function askForNothing() {
  const { hostname, port } = new URL(system.httpUrl);
  const socket = connect({ host: hostname, port: Number(port) });
  socket.write('GET /polls/nothing HTTP/1.1\r\nhost: localhost\r\n\r\n');
  const connected = once(socket, 'connect');
  const answer = new Promise<string>((resolve) => {
    socket.once('data', (bytes) => {
      resolve(`${bytes}`.slice(0, STATUS_LINE_LENGTH));
      socket.destroy();
    });
    socket.once('error', (error) => resolve(error.message));
  });
  return { connected, answer };
}

test('a crowd that connects while the process is busy is answered, each of them', async () => {
  const goOn = freezeAlone(pid);
  const crowd = Array.from({ length: CROWD }, askForNothing);
  try {
    await Promise.all(crowd.map(({ connected }) => connected));
  } finally {
    goOn();
  }
  const answers = await Promise.all(crowd.map(({ answer }) => answer));
  expect([...new Set(answers)]).toEqual(['HTTP/1.1 404']);
});

describe('a malformed frame', () => {
  test.each([
    ['invalid UTF-8', [0x81, 0x81, ...mask, 0xff], 1007],
    ['no mask', [0x81, 0x02, 0x68, 0x69], 1002],
    ['a reserved opcode', [0x83, 0x80, ...mask], 1002],
    ['a reserved bit', [0xc1, 0x80, ...mask], 1002],
    ['a fragmented ping', [0x09, 0x80, ...mask], 1002],
    ['a continuation of nothing', [0x80, 0x80, ...mask], 1002],
    ['a ping of 200 bytes', [0x89, 0xfe, 0, 200, ...mask], 1002],
    ['a length of 2^44', [0x81, 0xff, 0, 0, 0x10, 0, 0, 0, 0, 0, ...mask], 1009],
    ['a message of more than 128 KB', [0x81, 0xff, 0, 0, 0, 0, 0, 2, 0, 1, ...mask], 1009],
    ['a close code of one byte', [0x88, 0x81, ...mask, 1], 1002],
    ['a close code that does not exist', [0x88, 0x82, ...mask, 0, 1], 1002],
    ['a close reason in invalid UTF-8', [0x88, 0x83, ...mask, 0x03, 0xe8, 0xff], 1007],
  ])('with %s closes its connection alone, which counts as disconnected', async (_, frame, code) => {
    const raw = await openRawSocket(system.wsUrl);
    raw.write(handshake('/?board=off'));
    await raw.received(/^HTTP\/1\.1 101 .*\r\n\r\n/s);
    raw.write(textFrame(JSON.stringify({ action: 'subscribe', poll_id: poll.id })));
    await raw.received(/"POLL_INIT"/);
    await viewer.next('POLL_UPDATE', ({ viewers }) => viewers === 2);
    raw.write(Buffer.from(frame));
    const said = Buffer.from(await raw.ended(), 'latin1');
    expect([...said.subarray(-4, -2), said.readUInt16BE(said.length - 2)]).toEqual([0x88, 2, code]);
    await viewer.next('POLL_UPDATE', ({ viewers }) => viewers === 1);
  });
});

describe('a handshake', () => {
  test.each(['//', 'http://', '//[', 'http://['])('for %s is answered 400', async (target) => {
    const raw = await openRawSocket(system.wsUrl);
    raw.write(handshake(target));
    expect(await raw.ended()).toMatch(/^HTTP\/1\.1 400 /);
  });

  test('with the key of another one gets a connection of its own', async () => {
    const key = 'Sec-WebSocket-Key: dGhlIHNhbWUga2V5IGFnYQ==';
    const both = await Promise.all([openRawSocket(system.wsUrl), openRawSocket(system.wsUrl)]);
    for (const raw of both) raw.write(handshake('/?board=off').replace(/Sec-WebSocket-Key: .*/, key));
    for (const raw of both) {
      await raw.received(/ 101 .*\r\n\r\n/s);
      raw.write(textFrame(JSON.stringify({ action: 'ping', request_id: 'mine' })));
    }
    for (const raw of both) await raw.received(/"request_id":"mine"/);
    for (const raw of both) raw.socket.destroy();
  });

  test('that is reset before its answer leaves the others alone', async () => {
    for (let times = 0; times < 50; times += 1) {
      const raw = await openRawSocket(system.wsUrl);
      raw.write(handshake('/'));
      raw.socket.resetAndDestroy();
    }
    const next = await openWebSocket(system.wsUrl);
    expect(await next.next('LEADERBOARD_INIT')).toMatchObject({ type: 'LEADERBOARD_INIT' });
    await next.close();
  });
});

test.each([
  ['garbage', 'GARBAGE\r\n\r\n', 400],
  ['a target of *', 'GET * HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n', 400],
  ['a broken chunk', 'POST /polls HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n', 400],
  ['headers of 20 KB', `GET / HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`, 431],
])('%s on either port is answered with a problem', async (_, request, status) => {
  for (const url of [system.httpUrl, system.wsUrl]) {
    const raw = await openRawSocket(url);
    raw.write(request);
    const [head = '', body = ''] = (await raw.ended()).split('\r\n\r\n');
    expect(head).toMatch(`HTTP/1.1 ${status} `);
    expect(head).toMatch(/^content-type: application\/problem\+json\r?$/m);
    expect(head).toMatch(/^access-control-allow-origin: \*\r?$/m);
    expect(JSON.parse(body)).toMatchObject({ status, code: 'invalid_request', type: expect.any(String) });
  }
});

test('a body of more than 10 MB is answered 413 with a problem', async () => {
  const response = await fetch(`${system.httpUrl}/polls`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: 'x'.repeat(11_000_000),
  });
  expect([response.status, response.headers.get('content-type')]).toEqual([413, 'application/problem+json']);
  expect(await response.json()).toMatchObject({ status: 413, code: 'payload_too_large' });
});

test('a connection runs 50 pipelined requests at a time, in order, and one that sends thousands ends', async () => {
  const ask = (count: number) => 'GET /openapi.json HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(count);
  const raw = await openRawSocket(system.httpUrl);
  raw.write(`${ask(19)}GET /health HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`);
  expect((await raw.ended()).match(/HTTP\/1\.1 200 /g)).toHaveLength(20);
  const greedy = await openRawSocket(system.httpUrl);
  greedy.write(ask(1_000));
  expect((await greedy.ended()).match(/HTTP\/1\.1 200 /g)?.length ?? 0).toBeLessThan(1_000);
});

test.each(['$connect', '$disconnect', '$default'])('the action %s is unknown', async (action) => {
  expect(await viewer.ask({ action })).toMatchObject({ type: 'ERROR', code: 'unknown_action' });
});

test('a client that floods pings without reading is dropped', async () => {
  const raw = await openRawSocket(system.wsUrl);
  raw.write(handshake('/?board=off'));
  await raw.received(/ 101 .*\r\n\r\n/s);
  raw.socket.pause();
  const ping = Buffer.concat([Buffer.from([0x89, 0xfd, ...mask]), Buffer.alloc(125)]);
  const flood = Buffer.concat(Array.from({ length: 500 }, () => ping));
  while (!raw.socket.destroyed) await new Promise((resolve) => raw.socket.write(flood, resolve));
  expect(raw.socket.destroyed).toBe(true);
}, 60_000);
