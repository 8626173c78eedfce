import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { until } from '../../lib/concurrency/deadline.ts';
import { type FaultyProxy, startFaultyProxy } from './worlds/faultyProxy.ts';

const LIMIT_MS = 5_000;

/** One end of a connection, and the bytes it has received. */
interface End {
  socket: Socket;
  heard: string;
  isEnded: boolean;
}

let proxy: FaultyProxy;
let client: End;
let server: End;
let stopServer: () => void;

function listen(socket: Socket): End {
  const end: End = { socket, heard: '', isEnded: false };
  socket
    .on('data', (bytes) => {
      end.heard += bytes;
    })
    .on('end', () => {
      end.isEnded = true;
    })
    .on('error', () => {
      end.isEnded = true;
    });
  return end;
}

beforeEach(async () => {
  const accepting = createServer({ allowHalfOpen: true });
  await once(accepting.listen(0, '127.0.0.1'), 'listening');
  stopServer = () => accepting.close();
  const address = accepting.address();
  proxy = await startFaultyProxy(typeof address === 'object' && address ? address.port : 0);
  const accepted = once(accepting, 'connection');
  client = listen(connect({ port: proxy.port, host: '127.0.0.1', allowHalfOpen: true }));
  const [socket] = await accepted;
  server = listen(socket);
});
afterEach(async () => {
  for (const { socket } of [client, server]) socket.destroy();
  await proxy.stop();
  stopServer();
});

const hears = (end: End, text: string) => until(async () => expect(end.heard).toBe(text), LIMIT_MS);
const ends = (end: End) => until(async () => expect(end.isEnded).toBe(true), LIMIT_MS);

/** Both directions work, so all earlier bytes have arrived or are held. */
async function expectPassing(): Promise<void> {
  const before = [client.heard, server.heard];
  client.socket.write('ask');
  await hears(server, `${before[1]}ask`);
  server.socket.write('answer');
  await hears(client, `${before[0]}answer`);
}

test('the proxy passes bytes both ways', async () => {
  await expectPassing();
});

test('held bytes arrive after the hold, also if their sender has gone', async () => {
  proxy.disturb({ does: 'hold', direction: 'requests' });
  client.socket.write('late');
  server.socket.write('answer');
  await hears(client, 'answer');
  expect(server.heard).toBe('');
  client.socket.end();
  proxy.disturb(undefined);
  await hears(server, 'late');
  await ends(server);
});

test('delayed bytes arrive later and in order', async () => {
  proxy.disturb({ does: 'delay', ms: 100 });
  const since = performance.now();
  client.socket.write('one');
  client.socket.write('two');
  await hears(server, 'onetwo');
  expect(performance.now() - since).toBeGreaterThan(90);
});

test('a response is cut in the middle, and the connection ends', async () => {
  proxy.disturb({ does: 'cut' });
  server.socket.write('answer');
  await hears(client, 'ans');
  await ends(client);
});

test('requests still arrive on a half-closed connection', async () => {
  proxy.disturb({ does: 'half-close' });
  await ends(client);
  client.socket.write('ask');
  await hears(server, 'ask');
});

test('refused connections end, including those that are open', async () => {
  proxy.disturb({ does: 'refuse' });
  await ends(client);
  await ends(server);
  const refused = listen(connect(proxy.port, '127.0.0.1'));
  await ends(refused);
  refused.socket.destroy();
});
