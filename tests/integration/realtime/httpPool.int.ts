import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { afterEach, describe, expect, test } from '@jest/globals';
import { createHttpPool } from '../../../lib/realtime/post/httpPool.ts';
import { localhostCertificate } from '../../support/servers/localhostCertificate.ts';

const REQUEST = 'POST / HTTP/1.1\r\nhost:localhost\r\ncontent-length:2\r\n\r\nhi';
const OK = 'HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n';
const STRAY = 'HTTP/1.1 500 Stray\r\ncontent-length: 0\r\n\r\n';
const TIMEOUT_MS = 5_000;

const running: { server: Server; sockets: Socket[] }[] = [];
afterEach(async () => {
  for (const { server, sockets } of running.splice(0)) {
    const closed = new Promise((resolve) => server.close(resolve));
    for (const socket of sockets) socket.destroy();
    await closed;
  }
});

/** Listens on a free port; `sockets` are all that were ever opened to it. */
async function listen(server: Server) {
  const sockets: Socket[] = [];
  server.on('connection', (socket: Socket) => sockets.push(socket));
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
  running.push({ server, sockets });
  const { port } = server.address() as AddressInfo;
  return { port, sockets, pool: createHttpPool(new URL(`http://localhost:${port}/stage`), TIMEOUT_MS) };
}

/** A server that writes these answers, one a request, whatever is asked. */
function answering(...answers: string[]): Promise<Awaited<ReturnType<typeof listen>>> {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.on('data', () => socket.write(answers.length > 1 ? (answers.shift() ?? '') : (answers[0] ?? '')));
  });
  return listen(server);
}

const untilClosed = (socket: Socket | undefined) =>
  new Promise((resolve) => (socket?.destroyed ? resolve(0) : socket?.once('close', resolve)));

describe('a pool of HTTP connections', () => {
  test.each([
    ['an IPv6 address', '::1', '[::1]'],
    ['an IPv4 address', '127.0.0.1', '127.0.0.1'],
  ])('reaches %s', async (_, address, host) => {
    const server = createServer((socket) => socket.on('error', () => {}).once('data', () => socket.end(OK)));
    await new Promise<void>((resolve) => server.listen(0, address, resolve));
    running.push({ server, sockets: [] });
    const { port } = server.address() as AddressInfo;
    expect(await createHttpPool(new URL(`http://${host}:${port}`), TIMEOUT_MS)(REQUEST)).toBe(200);
  });

  test('reuses one connection', async () => {
    const seen: string[] = [];
    const listener: RequestListener = async (request, response) => {
      let text = '';
      for await (const chunk of request) text += chunk;
      seen.push(`${request.method} ${request.url} ${text}`);
      response.writeHead(200, { 'content-length': 3 }).end('yes');
    };
    const { pool, sockets } = await listen(createHttpServer(listener));
    for (let n = 0; n < 5; n += 1) expect(await pool(REQUEST)).toBe(200);
    expect(sockets).toHaveLength(1);
    expect(seen).toEqual(Array(5).fill('POST / hi'));
  });

  test('opens as many as there are concurrent requests', async () => {
    const { pool, sockets } = await answering(OK);
    expect(await Promise.all([pool(REQUEST), pool(REQUEST), pool(REQUEST)])).toEqual([200, 200, 200]);
    expect(sockets).toHaveLength(3);
  });

  test('prefers connections that answer to new ones that have not answered yet', async () => {
    const server = createServer((socket) => {
      socket.on('error', () => {});
      // As if it took its time to accept a connection, one after the other.
      socket.once('data', () => {
        setTimeout(() => socket.write(OK), 20 * sockets.length);
        socket.on('data', () => socket.write(OK));
      });
    });
    const { pool, sockets } = await listen(server);
    const answers = await Promise.all(Array.from({ length: 128 }, () => pool(REQUEST)));
    expect(new Set(answers)).toEqual(new Set([200]));
    expect(sockets.length).toBeLessThan(64);
  });

  test('serves others while the first ones do not answer', async () => {
    const server = createServer((socket) => {
      socket.on('error', () => {});
      socket.on('data', (text) => !text.includes('mute') && socket.write(OK));
    });
    const { pool } = await listen(server);
    const mute = Array.from({ length: 20 }, () => pool(REQUEST.replace('hi', 'mute')));
    const first = await Promise.race([pool(REQUEST), ...mute]);
    expect(first).toBe(200);
  });

  test('returns the status of any response', async () => {
    const of = (status: string) => `HTTP/1.1 ${status}\r\nContent-Length:2\r\n\r\nno`;
    const { pool, sockets } = await answering(
      of('410 Gone'),
      of('429 x'),
      'HTTP/1.1 204 \r\n\r\n',
      of('503 y'),
    );
    expect([await pool(REQUEST), await pool(REQUEST), await pool(REQUEST), await pool(REQUEST)]).toEqual([
      410, 429, 204, 503,
    ]);
    expect(sockets).toHaveLength(1);
  });

  test('waits for a response that arrives in pieces', async () => {
    const server = createServer((socket) => {
      const pieces = ['HTTP/1.1 2', '00 OK\r\nconte', 'nt-length: 4\r\n\r', '\nab', 'cd'];
      const next = () => {
        const piece = pieces.shift();
        if (piece) socket.write(piece, () => setImmediate(next));
      };
      socket.on('data', next);
    });
    const { pool } = await listen(server);
    expect(await pool(REQUEST)).toBe(200);
  });

  test('closes a connection whose response asks for it, has no length, or is followed by more bytes', async () => {
    for (const answer of [
      'HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 0\r\n\r\n',
      'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
      `${OK}HTTP/1.1 500 No\r\ncontent-length: 0\r\n\r\n`,
    ]) {
      const { pool, sockets } = await answering(answer);
      expect([await pool(REQUEST), await pool(REQUEST)]).toEqual([200, 200]);
      await Promise.all(sockets.map(untilClosed));
      expect(sockets).toHaveLength(2);
    }
  });

  test('ignores a response that no request is waiting for', async () => {
    const server = createServer((socket) => {
      socket.on('error', () => {});
      const isFirst = sockets.length === 0;
      socket.on('data', () => socket.write(OK, () => isFirst && setImmediate(() => socket.write(STRAY))));
    });
    const { pool, sockets } = await listen(server);
    expect(await pool(REQUEST)).toBe(200);
    await untilClosed(sockets[0]);
    expect(await pool(REQUEST)).toBe(200);
  });

  test('fails on garbage, on a closed connection, and on a refused connection', async () => {
    const garbage = await answering('what?\r\n\r\n');
    expect(await garbage.pool(REQUEST)).toBe('failed');

    const hangingUp = await listen(createServer((socket) => socket.destroy()));
    expect(await hangingUp.pool(REQUEST)).toBe('failed');

    const { port } = hangingUp;
    await new Promise((resolve) => running.pop()?.server.close(resolve));
    expect(await createHttpPool(new URL(`http://localhost:${port}`), TIMEOUT_MS)(REQUEST)).toBe('failed');
  });

  test('opens a new connection after the server has closed the idle one', async () => {
    const { pool, sockets } = await answering(OK);
    await pool(REQUEST);
    sockets[0]?.end();
    await untilClosed(sockets[0]);
    expect(await pool(REQUEST)).toBe(200);
  });

  test('gives up on a late response and does not assign it to another request', async () => {
    const server = createServer((socket) => {
      socket.on('error', () => {});
      socket.once('data', (text) => {
        if (text.includes('mute')) setTimeout(() => socket.write('HTTP/1.1 500 Late\r\n\r\n'), 60);
        else socket.write(OK);
      });
    });
    const { port, sockets } = await listen(server);
    const pool = createHttpPool(new URL(`http://localhost:${port}`), 50);
    expect(await pool(REQUEST.replace('hi', 'mute'))).toBe('timed_out');
    await untilClosed(sockets[0]);
    expect(await pool(REQUEST)).toBe(200);
  });

  test('uses TLS and accepts only certificates of known authorities', async () => {
    const server = createTlsServer(localhostCertificate, (request, response) => {
      request.resume().on('end', () => response.writeHead(200, { 'content-length': 0 }).end());
    });
    const { port } = await listen(server);
    const endpoint = new URL(`https://localhost:${port}/prod`);
    expect(await createHttpPool(endpoint, TIMEOUT_MS)(REQUEST)).toBe('failed');

    const known = getCACertificates('default');
    setDefaultCACertificates([...known, localhostCertificate.cert]);
    const pool = createHttpPool(endpoint, TIMEOUT_MS);
    expect([await pool(REQUEST), await pool(REQUEST)]).toEqual([200, 200]);
    setDefaultCACertificates(known);
  });
});
