import { createServer } from 'node:net';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { createWebhookPoster } from '../../../lib/webhooks/postWebhook.ts';
import { startWebhookReceiver, type WebhookReceiver } from '../../support/http/webhookReceiver.ts';
import { localhostCertificate } from '../../support/servers/localhostCertificate.ts';

const SHORT_MS = 300;

let receiver: WebhookReceiver;
let other: WebhookReceiver;

beforeAll(async () => {
  [receiver, other] = await Promise.all([startWebhookReceiver(), startWebhookReceiver()]);
});
afterEach(() => {
  for (const { received, behave } of [receiver, other]) {
    received.length = 0;
    behave(204);
  }
});
afterAll(() => Promise.all([receiver.stop(), other.stop()]));

const post = (url: string, limitMs = 10_000) =>
  createWebhookPoster('any', { limitMs })(url, { 'content-type': 'application/json', 'x-a': 'b' }, '"é"');

describe('a webhook', () => {
  test('is a POST of the text with its headers, to the exact path', async () => {
    expect(await post(`${receiver.url}#there`)).toEqual({ status: 204 });
    expect(receiver.received).toEqual([
      {
        method: 'POST',
        path: '/hook?of=poll',
        headers: {
          host: `localhost:${receiver.port}`,
          connection: 'close',
          'content-length': '4',
          'content-type': 'application/json',
          'x-a': 'b',
        },
        body: '"é"',
      },
    ]);
  });

  test.each([200, 299, 302, 400, 410, 500])('returns the status %i', async (status) => {
    receiver.behave(status);
    expect(await post(receiver.url)).toEqual({ status });
  });

  test('follows no redirect', async () => {
    receiver.behave((response) => response.writeHead(307, { location: other.url }).end());
    expect(await post(receiver.url)).toEqual({ status: 307 });
    expect(other.received).toEqual([]);
  });

  test('is done when the response head arrives, however long the body is', async () => {
    const closed = new Promise<void>((resolve) => {
      receiver.behave((response) => {
        const timer = setInterval(() => response.write('x'.repeat(65_536)), 1);
        response.on('close', () => {
          clearInterval(timer);
          resolve();
        });
      });
    });
    expect(await post(receiver.url)).toEqual({ status: 200 });
    await closed;
  });

  test('waits for a limited time', async () => {
    receiver.behave(() => {});
    expect(await post(receiver.url, SHORT_MS)).toEqual({ fault: 'No answer in time.' });
    // Something comes all the time, and never the end of the head.
    const trickle = createServer((socket) => {
      const timer = setInterval(() => socket.write('x'), 10);
      socket.on('close', () => clearInterval(timer)).on('error', () => {});
      socket.write('HTTP/1.1 200 OK\r\nx-a: ');
    });
    await new Promise<void>((resolve) => trickle.listen(0, '127.0.0.1', resolve));
    const { port } = trickle.address() as { port: number };
    expect(await post(`http://127.0.0.1:${port}`, SHORT_MS)).toEqual({ fault: 'No answer in time.' });
    await new Promise((resolve) => trickle.close(resolve));
  });

  test.each([
    ['ends the connection', '', /hang up|reset/],
    ['speaks something else', 'SSH-2.0-OpenSSH_9.9\r\n', /Parse Error/],
    ['sends a head without an end', `HTTP/1.1 200 OK\r\nx: ${'x'.repeat(100_000)}`, /Parse Error/],
    ['wants to speak something else', 'HTTP/1.1 101 Hm\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n', /./],
  ])('fails if the receiver %s', async (_, said, fault) => {
    const server = createServer((socket) => {
      socket
        .on('error', () => {})
        .resume()
        .end(said);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    expect(await post(`http://127.0.0.1:${port}`)).toEqual({ fault: expect.stringMatching(fault) });
    await new Promise((resolve) => server.close(resolve));
    expect(await post(`http://127.0.0.1:${port}`)).toEqual({
      fault: expect.stringContaining('ECONNREFUSED'),
    });
  });
});

describe('a webhook over TLS', () => {
  let secure: WebhookReceiver;

  beforeAll(async () => {
    secure = await startWebhookReceiver({ tls: true });
  });
  afterAll(() => secure.stop());

  test('accepts a certificate for the name, by a known authority', async () => {
    const known = getCACertificates();
    expect(await post(secure.url)).toEqual({ fault: expect.stringContaining('self-signed') });
    setDefaultCACertificates([...known, localhostCertificate.cert]);
    expect(await post(secure.url)).toEqual({ status: 204 });
    const byAddress = secure.url.replace('localhost', '127.0.0.1');
    expect(await post(byAddress)).toEqual({ fault: expect.stringContaining("not in the cert's list") });
    setDefaultCACertificates(known);
    expect(secure.received).toHaveLength(1);
  });
});

describe('a webhook to public addresses only', () => {
  let secure: WebhookReceiver;

  beforeAll(async () => {
    secure = await startWebhookReceiver({ tls: true });
  });
  afterAll(() => secure.stop());

  test.each([
    'http://localhost',
    'https://localhost',
    'https://127.0.0.1',
    'https://[::1]',
    'https://2130706433',
  ])('is not sent to %s, whatever was allowed when the poll was created', async (origin) => {
    const port = origin.startsWith('https') ? secure.port : receiver.port;
    const ask = createWebhookPoster('public', { resolve: async () => ['127.0.0.1'] });
    expect(await ask(`${origin}:${port}/`, {}, '{}')).toEqual({
      fault: expect.stringMatching(/^The URL must/),
    });
    expect([...secure.received, ...receiver.received]).toEqual([]);
  });

  test('is not sent to a name that leads to this machine, and resolves the name once', async () => {
    const answers = [['127.0.0.1'], ['8.8.8.8', '127.0.0.1'], ['::ffff:127.0.0.1']];
    for (const answer of answers) {
      let asked = 0;
      const resolve = async () => {
        asked += 1;
        return answer;
      };
      const url = `https://hooks.example:${secure.port}/`;
      const { fault } = (await createWebhookPoster('public', { resolve })(url, {}, '{}')) as {
        fault: string;
      };
      expect({ fault, asked }).toEqual({ fault: expect.stringContaining('is not public'), asked: 1 });
    }
    expect(secure.received).toEqual([]);
  });

  test('connects to the checked addresses, even if the name resolves elsewhere a moment later', async () => {
    // Public by its form and nobody's, so that nothing but a second look would find the receiver.
    const answers = [['2d00::1'], ['127.0.0.1']];
    let asked = 0;
    const resolve = async () => answers[asked++] ?? [];
    const ask = createWebhookPoster('public', { resolve, limitMs: SHORT_MS });
    expect(await ask(`https://hooks.example:${secure.port}/`, {}, '{}')).toEqual({
      fault: expect.any(String),
    });
    expect({ asked, received: secure.received }).toEqual({ asked: 1, received: [] });
  });

  test('fails for a name that does not resolve', async () => {
    const ask = createWebhookPoster('public', { limitMs: 5_000 });
    expect(await ask('https://nobody.example/', {}, '{}')).toEqual({ fault: expect.any(String) });
  });
});
