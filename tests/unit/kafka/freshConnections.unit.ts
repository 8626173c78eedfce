import { Duplex } from 'node:stream';
import { beforeAll, expect, test } from '@jest/globals';
import { KafkaJSSASLAuthenticationError } from 'kafkajs/src/errors.js';
import Connection from 'kafkajs/src/network/connection.js';
import Encoder from 'kafkajs/src/protocol/encoder.js';
import { until } from '../../../lib/concurrency/deadline.ts';
import { patchKafkaJs } from '../../../lib/kafka/patches/patchKafkaJs.ts';

beforeAll(patchKafkaJs);

/** A socket that never connects, answers and closes by itself. */
class SilentSocket extends Duplex {
  writes = 0;
  override _read(): void {}
  override _write(_chunk: Buffer, _encoding: string, done: () => void): void {
    this.writes += 1;
    done();
  }
  unref(): this {
    return this;
  }
  connectNow(): void {
    this.emit('connect');
  }
}

const SILENT_LOGGER = { debug() {}, error() {}, warn() {}, info() {}, namespace: () => SILENT_LOGGER };
/** More than the wait for a request to be written. */
const TIMEOUT_MS = 300;
const SETTLES_WITHIN_MS = 2_000;

function connection(sasl?: object) {
  const sockets: SilentSocket[] = [];
  const made = new Connection({
    host: 'broker.example',
    port: 9092,
    logger: SILENT_LOGGER,
    ...(sasl ? { sasl } : {}),
    connectionTimeout: TIMEOUT_MS,
    requestTimeout: TIMEOUT_MS,
    socketFactory: ({ onConnect }: { onConnect: () => void }) => {
      const socket = new SilentSocket();
      socket.once('connect', onConnect);
      sockets.push(socket);
      return socket;
    },
  });
  const connect = async () => {
    const connecting = made.connect();
    sockets.at(-1)?.connectNow();
    await connecting;
    return sockets.at(-1) as SilentSocket;
  };
  return { made, sockets, connect };
}

/** A request that no peer answers. */
const request = {
  request: { apiKey: 18, apiName: 'ApiVersions', apiVersion: 0, encode: async () => new Encoder() },
  response: { decode: async () => ({}), parse: async () => ({}) },
};

/** Whether the promise settled in time, and how. */
async function outcome(promise: Promise<unknown>): Promise<string> {
  let settled = '';
  promise.then(
    () => (settled = 'resolved'),
    (error: Error) => (settled = error.name),
  );
  await until(async () => {
    if (settled === '') throw new Error('It did not settle.');
  }, SETTLES_WITHIN_MS).catch(() => {});
  return settled || 'pending';
}

function written(socket: SilentSocket): Promise<void> {
  return until(async () => {
    if (socket.writes === 0) throw new Error('Nothing is written yet.');
  }, SETTLES_WITHIN_MS);
}

test('while a connection is given up, no request is written to its socket', async () => {
  const { made, sockets } = connection();
  const connecting = outcome(made.connect());
  const late: Promise<string>[] = [];
  await until(async () => {
    late.push(outcome(made.send(request)));
    if (sockets[0]?.destroyed !== true) throw new Error('It is still connecting.');
  }, SETTLES_WITHIN_MS);
  expect(await connecting).toBe('KafkaJSConnectionError');
  expect([...new Set(await Promise.all(late))]).toEqual(['KafkaJSConnectionError']);
  expect(sockets[0]?.writes).toBe(0);
});

test('a request that is sent while the connection waits for others settles', async () => {
  const { made, connect } = connection();
  const socket = await connect();
  const first = outcome(made.send(request));
  await written(socket);
  const closing = outcome(made.disconnect());
  const second = outcome(made.send(request));
  expect([await first, await second]).toEqual(Array(2).fill('KafkaJSRequestTimeoutError'));
  expect(await closing).toBe('resolved');
  expect(made.isConnected()).toBe(false);
});

test('when the peer hangs up while the connection closes, all requests fail, and the next connection is left alone', async () => {
  const { made, connect } = connection();
  const socket = await connect();
  const first = outcome(made.send(request));
  await written(socket);
  const closing = outcome(made.disconnect());
  socket.push(null);
  expect(await first).toBe('KafkaJSConnectionClosedError');
  expect(await closing).toBe('resolved');
  const next = await connect();
  expect(made.isConnected()).toBe(true);
  expect(next.destroyed).toBe(false);
  await made.disconnect();
});

test('when a socket is destroyed without an error, its requests fail', async () => {
  const { made, connect } = connection();
  const socket = await connect();
  const sent = outcome(made.send(request));
  await written(socket);
  socket.destroy();
  expect(await sent).toBe('KafkaJSConnectionClosedError');
  expect(made.isConnected()).toBe(false);
});

test('a socket whose authentication is refused is closed, and no other is opened before a pause', async () => {
  const { made, sockets, connect } = connection({
    mechanism: 'oauthbearer',
    authenticationProvider: () => ({
      authenticate: () => Promise.reject(new KafkaJSSASLAuthenticationError('Too many connects')),
    }),
  });
  const { send } = made;
  // The broker supports the mechanism.
  made.send = async () => ({ enabledMechanisms: ['OAUTHBEARER'] });
  made.versions = { 17: { minVersion: 0, maxVersion: 1 } };
  const socket = await connect();
  expect(await outcome(made.authenticate())).toBe('KafkaJSSASLAuthenticationError');
  expect([socket.destroyed, made.isConnected()]).toEqual([true, false]);
  // As KafkaJS does at once when a send fails.
  expect(await outcome(made.connect())).toBe('KafkaJSSASLAuthenticationError');
  expect(sockets).toHaveLength(1);
  made.send = send;
  await until(async () => {
    made.connect().catch(() => {});
    sockets[1]?.connectNow();
    expect(made.isConnected()).toBe(true);
  }, SETTLES_WITHIN_MS);
  await made.disconnect();
});
