import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import { postgresConfig } from '../../../lib/config.ts';
import { StartError } from '../../../lib/errors.ts';
import { awaitPostgres } from '../../../lib/offline/prepareServers.ts';
import { connect, socketOpener } from '../../../lib/sql/client.ts';
import { withPostgresDeadline } from '../../../lib/sql/database.ts';

const stops: (() => Promise<unknown>)[] = [];

afterEach(() => Promise.all(stops.splice(0).map((stop) => stop())));

/** A server that does something else than PostgreSQL with each connection. */
async function standIn(behave: (socket: Socket) => void) {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket.on('error', () => {}));
    behave(socket);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  stops.push(() => {
    for (const socket of sockets) socket.destroy();
    return once(server.close(), 'close');
  });
  return { port: (server.address() as AddressInfo).port, connections: () => sockets.length };
}

const hangUp = (socket: Socket) => socket.end();
const speakHttp = (socket: Socket) =>
  socket.once('data', () => socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n'));
/** Agrees to TLS and then does not speak it. */
const hangUpInTls = (socket: Socket) => socket.once('data', () => socket.end('S'));
const sayNothing = () => {};

const configOf = (port: number, tls: 'off' | 'verify' = 'off') => ({
  ...postgresConfig({ POSTGRES_HOST: '127.0.0.1', POSTGRES_PORT: `${port}` }),
  tls,
});

describe('a server that is not PostgreSQL', () => {
  test.each([
    ['hangs up', hangUp, 'off'],
    ['speaks HTTP', speakHttp, 'off'],
    ['hangs up before TLS', hangUp, 'verify'],
    ['hangs up inside of TLS', hangUpInTls, 'verify'],
  ] as const)('that %s is given up at the first attempt as unavailable', async (_, behave, tls) => {
    const { port, connections } = await standIn(behave);
    const sql = connect(configOf(port, tls));
    await expect(withPostgresDeadline(async () => sql`select`, 3_000)).rejects.toThrow(
      'Postgres is unavailable.',
    );
    expect(connections()).toBeLessThanOrEqual(2);
    await sql.end({ timeout: 0 });
  });

  test('ends a start in limited time, with a message and few connections', async () => {
    const ends = async (behave: (socket: Socket) => void) => {
      const { port, connections } = await standIn(behave);
      const start = performance.now();
      const failure = awaitPostgres(configOf(port));
      await expect(failure).rejects.toBeInstanceOf(StartError);
      await expect(failure).rejects.toThrow(/^PostgreSQL at 127\.0\.0\.1:\d+: .*POSTGRES_HOST/);
      expect(performance.now() - start).toBeLessThan(12_000);
      expect(connections()).toBeLessThanOrEqual(110);
    };
    await Promise.all([hangUp, speakHttp, sayNothing].map(ends));
  });
});

describe('a Postgres client', () => {
  test('opens a whole pool at once, and then ten connections a second', async () => {
    const { port } = await standIn(sayNothing);
    const open = socketOpener();
    const openMany = async (count: number) => {
      const start = performance.now();
      const target = { host: ['127.0.0.1'], port: [port], path: false as const };
      const sockets = await Promise.all(Array.from({ length: count }, () => open(target)));
      const took = performance.now() - start;
      for (const socket of sockets) socket.on('error', () => {}).destroy();
      return took;
    };
    expect(await openMany(100)).toBeLessThan(1_000);
    expect(await openMany(5)).toBeGreaterThan(350);
  });
});
