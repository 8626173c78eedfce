import { Duplex } from 'node:stream';
import { expect, test } from '@jest/globals';
import { BoundedWebSocket, closeOnError } from '../../../lib/offline/emulator/boundedWebSocket.ts';

interface ServerSide {
  setSocket(socket: Duplex, head: Buffer, options: object): void;
}

/** A server's side of a connection, whose client reads nothing. */
function openTo(client: Duplex): BoundedWebSocket {
  const socket = new BoundedWebSocket(null as unknown as string, undefined, {});
  (socket as unknown as ServerSide).setSocket(client, Buffer.alloc(0), { maxPayload: 1_024 });
  return socket;
}

const reader = (write: Duplex['_write'] = () => {}) => new Duplex({ read: () => {}, write });

test.each(['send', 'pong'] as const)(
  'a client that reads nothing of what it is sent by %s is dropped',
  (by) => {
    const client = reader();
    const socket = openTo(client);
    const text = 'x'.repeat(100);
    let sent = 0;
    while (!client.destroyed && sent < 100_000) {
      socket[by](text);
      sent += 1;
    }
    expect(sent).toBeLessThan(12_000);
    expect(socket.bufferedAmount).toBeLessThan(1.1 * 1_024 * 1_024);
  },
);

test('a client that reads gets everything', () => {
  let bytes = 0;
  const client = reader((chunk, _, done) => {
    bytes += chunk.length;
    done();
  });
  const socket = openTo(client);
  for (let i = 0; i < 20_000; i += 1) socket.send('x'.repeat(100));
  expect([bytes, client.destroyed]).toEqual([20_000 * 102, false]);
});

test('a malformed frame closes the connection and throws nothing', async () => {
  const client = reader((_, __, done) => done());
  const socket = openTo(client);
  closeOnError(socket);
  const closed = new Promise((resolve) => socket.once('close', resolve));
  client.push(Buffer.from([0x83, 0x80, 0, 0, 0, 0]));
  await closed;
  expect(client.destroyed).toBe(true);
});
