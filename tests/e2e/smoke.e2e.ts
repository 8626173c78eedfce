import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { operate } from '../support/system/operate.ts';
import { type System, startSystem } from '../support/system/system.ts';

const STEPS = [
  'create a poll',
  'connect and subscribe',
  'vote by HTTP, counted',
  'see the update',
  'vote by WebSocket, accepted',
  'receive the outcome',
  'see both votes',
  'close the poll',
  'delete the poll',
];
const NOBODY_LISTENS = 'localhost:1';

/** Only the addresses: it runs where the servers cannot be reached. */
const smoke = (...args: string[]) => operate('smoke', args, {});

/** The steps of an answer, without their times. */
const stepsOf = (stdout: string) =>
  [...stdout.matchAll(/^(ok|FAILED) +\d+ ms {2}(.*)$/gm)].map(([, result, name]) => `${result} ${name}`);

describe('npm run smoke', () => {
  let system: System;
  beforeAll(async () => {
    system = await startSystem();
  }, 300_000);
  afterAll(() => system?.stop());

  test('walks a poll through its life on a running system, and prints each step with its time', async () => {
    const { exitCode, stdout, stderr } = await smoke(system.httpUrl, system.wsUrl);
    expect([stepsOf(stdout), exitCode]).toEqual([STEPS.map((name) => `ok ${name}`), 0]);
    expect(stdout).toMatch(/^It works; \d+ ms in total\.$/m);
    expect(stderr).toBe('');
  });

  test('prints the same as JSON', async () => {
    const { exitCode, stdout } = await smoke(system.httpUrl, system.wsUrl, '--json');
    const steps = STEPS.map((step) => ({ step, ms: expect.any(Number), error: null }));
    expect([exitCode, JSON.parse(stdout)]).toEqual([0, { works: true, steps }]);
  });

  test('reports a WebSocket API that does not answer, and deletes its poll nevertheless', async () => {
    const { exitCode, stdout } = await smoke(system.httpUrl, `ws://${NOBODY_LISTENS}`);
    expect([stepsOf(stdout), exitCode]).toEqual([
      ['ok create a poll', 'FAILED connect and subscribe', 'ok delete the poll'],
      1,
    ]);
    expect(stdout).toMatch(/^ +No WebSocket opened\.$/m);
    expect(stdout).toMatch(/^It does not work; /m);
  });

  test('reports a wrong HTTP address', async () => {
    const { exitCode, stdout } = await smoke(`http://${NOBODY_LISTENS}`, system.wsUrl);
    expect([stepsOf(stdout), exitCode]).toEqual([['FAILED create a poll'], 1]);
    expect(stdout).toMatch(/^ +The API does not answer at this address\.$/m);
  });
});

describe('npm run smoke without a system', () => {
  test('reads no variable of the servers', async () => {
    const args = [`http://${NOBODY_LISTENS}`, `ws://${NOBODY_LISTENS}`];
    const { stdout } = await operate('smoke', args, { KAFKA_AUTH: 'foo', POSTGRES_PORT: 'foo' });
    expect(stepsOf(stdout)).toEqual(['FAILED create a poll']);
  });

  /** An HTTP server that answers everything alike. */
  async function answering(status: number, type: string, body: string) {
    const server = createServer((_, response) =>
      response.writeHead(status, { 'content-type': type }).end(body),
    );
    await once(server.listen(0, '127.0.0.1'), 'listening');
    return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, stop: () => server.close() };
  }

  test('reports what an API says that answers 503', async () => {
    const problem = { code: 'unavailable', detail: 'The service is temporarily unavailable.', status: 503 };
    const api = await answering(503, 'application/problem+json', JSON.stringify(problem));
    const { exitCode, stdout } = await smoke(api.url, `ws://${NOBODY_LISTENS}`);
    api.stop();
    expect([stepsOf(stdout), exitCode]).toEqual([['FAILED create a poll'], 1]);
    expect(stdout).toMatch(/^ +503 unavailable: The service is temporarily unavailable\.$/m);
  });

  test('reports an address of something else', async () => {
    const page = await answering(200, 'text/html', '<!doctype html>');
    const { exitCode, stdout } = await smoke(page.url, `ws://${NOBODY_LISTENS}`);
    page.stop();
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(
      /^ +This is not the address of the API: it answered 200 with an unexpected body\.$/m,
    );
  });

  test.each([
    [],
    ['http://localhost:3000'],
    ['localhost:3000', 'ws://localhost:3001'],
    ['ws://a', 'http://b'],
  ])('takes two addresses, not %j %j', async (...args) => {
    const { exitCode, stdout, stderr } = await smoke(...args);
    expect([exitCode, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/^An address with .* is required\.\n\n[\s\S]+npm run smoke/);
  });
});
