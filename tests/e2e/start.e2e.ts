import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer as createHttpServer } from 'node:http';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { until } from '../../lib/concurrency/deadline.ts';
import { lanAddress } from '../../lib/offline/lan.ts';
import { freePort } from '../../lib/offline/ports.ts';
import { api } from '../support/http/api.ts';
import { type Launched, LIKE_ANY_USER, launch } from '../support/servers/launch.ts';
import { processesOf } from '../support/servers/processesOf.ts';
import { startKafka, startPostgres } from '../support/servers/servers.ts';

const PROJECT = resolve(import.meta.dirname, '../..');
const SERVERLESS = join(PROJECT, 'node_modules/.bin/serverless');
const NPM_START = ['npm', 'start', '--silent', '--'];
const OFFLINE_START = [process.execPath, SERVERLESS, 'offline', 'start'];
const READY = /in total/;
/** A server that is killed is noticed at once; Kafka takes some seconds to shut down. */
const GONE_LIMIT_MS = 20_000;

let folder: string;
let env: Record<string, string>;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'poleparty-start-'));
  const names = ['PORT', 'WEBSOCKET_PORT', 'POSTGRES_PORT', 'KAFKA_PORT'];
  env = { DATA_FOLDER: folder };
  for (const name of names) env[name] = `${await freePort()}`;
});

afterEach(async () => {
  for (const { pid } of processesOf(folder)) process.kill(pid, 'SIGKILL');
  await nothingRuns();
  await rm(folder, { recursive: true, force: true });
});

/** In a process group of its own, which a terminal's Ctrl-C would reach as a whole. */
function start(command = NPM_START, more: Record<string, string> = {}): Launched {
  return launch(command, { cwd: PROJECT, env: { ...env, ...more }, detached: true });
}

function nothingRuns(): Promise<void> {
  return until(async () => expect(processesOf(folder)).toEqual([]), GONE_LIMIT_MS);
}

function serverPid(program: RegExp): number {
  const [found] = processesOf(folder).filter(({ command }) => program.test(command));
  if (!found) throw new Error(`No process matches ${program}.`);
  return found.pid;
}

const POSTGRES = /bin\/postgres -D/;
const KAFKA = /^\S*java .*kafka\.Kafka/;

async function createPoll(): Promise<string> {
  const response = await fetch(`http://localhost:${env['PORT']}/polls`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      question: 'Stay or go?',
      options: ['Stay', 'Go'],
      expired_at: new Date(Date.now() + 3_600_000).toISOString(),
    }),
  });
  expect(response.status).toBe(201);
  const poll = (await response.json()) as { id: string };
  return poll.id;
}

async function statusOf(path: string): Promise<number> {
  const response = await fetch(`http://localhost:${env['PORT']}${path}`);
  await response.arrayBuffer();
  return response.status;
}

/** @returns what it printed, once it has ended with exit code 1 and nothing is left */
async function failure(more: Record<string, string> = {}, command = OFFLINE_START): Promise<string> {
  const { exited, output } = start(command, more);
  expect(await exited).toEqual({ code: 1, signal: null });
  expect(processesOf(folder)).toEqual([]);
  expect(output()).not.toMatch(/^ {4}at /m);
  return output();
}

describe('npm start', () => {
  test('stops cleanly on Ctrl-C, keeps its data, and deletes it with --fresh', async () => {
    const first = start();
    await first.said(READY);
    const poll = await createPoll();
    process.kill(-first.pid, 'SIGINT');
    await first.exited;
    expect(processesOf(folder)).toEqual([]);
    // Functions that run twice a second found no server.
    expect(first.output()).not.toContain('unavailable');

    // As a server leaves it that was killed, whose number is another process by now.
    const data = join(folder, 'postgres/data');
    await writeFile(join(data, 'postmaster.pid'), `${process.pid}\n${data}\n1700000000\n5432\n`);

    const second = start();
    await second.said(READY);
    expect(await statusOf(`/polls/${poll}`)).toBe(200);
    process.kill(second.pid, 'SIGTERM');
    await second.exited;
    expect(processesOf(folder)).toEqual([]);

    const third = start([...NPM_START, '--fresh']);
    await third.said(READY);
    expect(await statusOf(`/polls/${poll}`)).toBe(404);
    process.kill(third.pid, 'SIGKILL');
    await nothingRuns();
  });

  test('ends with the page’s address; with --lan that is one for phones, which it serves', async () => {
    const { said, output } = start([...NPM_START, '--lan']);
    await said(/^Open http/m);
    const [, address = ''] = /^Open (http:\/\/\S+)/m.exec(output()) ?? [];
    const response = await fetch(address);
    expect(response.status).toBe(200);
    const { hostname } = new URL(address);
    // Without a network there is only this machine.
    const expected = lanAddress() ?? 'localhost';
    expect(hostname).toBe(expected);
    expect(response.headers.get('content-security-policy')).toContain(
      `ws://${expected}:${env['WEBSOCKET_PORT']}`,
    );
    const { code } = await api(address).makePoll();
    const wall = await fetch(new URL(`/${code}?view=wall`, address), { headers: { accept: 'text/html' } });
    const { host } = new URL(address);
    // Phones join where the wall says, so it must not be this machine's own name for itself.
    expect(/id="join-at">([^<]*)</.exec(await wall.text())?.[1]).toContain(host);
  });

  test('restarts a killed server and reports it', async () => {
    const { said } = start();
    await said(READY);
    process.kill(serverPid(POSTGRES), 'SIGKILL');
    await said(/PostgreSQL died; restarting it\.[\s\S]*PostgreSQL is running again/);
    process.kill(serverPid(KAFKA), 'SIGKILL');
    await said(/Kafka died; restarting it\.[\s\S]*Kafka is running again/);
    expect(await statusOf('/health')).toBe(200);
  });
});

describe('serverless offline', () => {
  test('starts the same system without “start”, and leaves nothing behind when it is killed', async () => {
    const { said, pid } = start([process.execPath, SERVERLESS, 'offline']);
    await said(READY);
    expect(await statusOf('/health')).toBe(200);
    process.kill(pid, 'SIGKILL');
    await nothingRuns();
  });
});

describe('with POSTGRES_HOST and KAFKA_BROKERS', () => {
  test('uses those servers and starts none', async () => {
    const [postgres, kafka] = await Promise.all([startPostgres(), startKafka()]);
    try {
      const { said, output } = start(NPM_START, {
        POSTGRES_HOST: postgres.host,
        POSTGRES_PORT: `${postgres.port}`,
        KAFKA_BROKERS: kafka.brokers.join(','),
        KAFKA_REPLICATION: '1',
      });
      await said(READY);
      expect(output()).not.toMatch(/PostgreSQL on|Kafka on/);
      expect(processesOf(folder).filter(({ command }) => /java|postgres/.test(command))).toEqual([]);
      expect(await statusOf(`/polls/${await createPoll()}`)).toBe(200);
    } finally {
      await Promise.all([postgres.stop(), kafka.stop()]);
    }
  });

  test('a failing start names the server that does not answer', async () => {
    const said = await failure({
      POSTGRES_HOST: '127.0.0.1',
      KAFKA_BROKERS: `127.0.0.1:${env['KAFKA_PORT']}`,
    });
    expect(said).toMatch(
      /PostgreSQL at 127\.0\.0\.1:\d+: .*POSTGRES_HOST|Kafka at 127\.0\.0\.1:\d+: .*KAFKA_BROKERS/,
    );
  });
});

describe('a POSTGRES_HOST that is not PostgreSQL', () => {
  test('stops the start within 15 s, with a clear message and few connections', async () => {
    const connections: number[] = [];
    const http = createHttpServer().on('connection', () => connections.push(performance.now()));
    await once(http.listen(Number(env['POSTGRES_PORT']), '127.0.0.1'), 'listening');
    const said = await failure({ POSTGRES_HOST: '127.0.0.1' }).finally(() => http.close());
    expect(said).toMatch(
      /PostgreSQL at 127\.0\.0\.1:\d+: .*closed the connection during startup.*Check that server, and POSTGRES_HOST/,
    );
    expect(performance.now() - (connections[0] ?? 0)).toBeLessThan(15_000);
    // The pace of connections: a burst of 100, then 10 a second.
    expect(connections.length).toBeLessThan(100 + 15 * 10);
  });
});

describe('KAFKA_BROKERS that are not Kafka', () => {
  test.each([
    ['speaks HTTP', () => createHttpServer(), /Invalid Kafka response/],
    ['hangs up', () => createServer((socket) => socket.destroy()), /Closed connection|ECONNRESET/],
    ['never answers', () => createServer(), /did not answer in time/],
  ])('stop the start within 15 s, with a clear message: what %s', async (_, make, reason) => {
    const connections: number[] = [];
    const sockets = new Set<Socket>();
    const server = make().on('connection', (socket: Socket) => {
      connections.push(performance.now());
      sockets.add(socket);
    });
    await once(server.listen(Number(env['KAFKA_PORT']), '127.0.0.1'), 'listening');
    const said = await failure({ KAFKA_BROKERS: `127.0.0.1:${env['KAFKA_PORT']}` }).finally(() => {
      for (const socket of sockets) socket.destroy();
      server.close();
    });
    expect(said).toMatch(/Kafka at 127\.0\.0\.1:\d+: .*Check those brokers, KAFKA_BROKERS/);
    expect(said).toMatch(reason);
    expect(performance.now() - (connections[0] ?? 0)).toBeLessThan(15_000);
    // Ten a second.
    expect(connections.length).toBeLessThan(15 * 10);
  });
});

describe('two starts at the same moment on one Kafka', () => {
  test('one runs, and the other names it and ends', async () => {
    const kafka = await startKafka();
    const other = await mkdtemp(join(tmpdir(), 'poleparty-start-'));
    try {
      const shared = { KAFKA_BROKERS: kafka.brokers.join(','), KAFKA_REPLICATION: '1' };
      const own: Record<string, string> = { DATA_FOLDER: other };
      for (const name of ['PORT', 'WEBSOCKET_PORT', 'POSTGRES_PORT']) own[name] = `${await freePort()}`;
      const starts = [start(OFFLINE_START, shared), start(OFFLINE_START, { ...shared, ...own })];
      const failed = await Promise.race(
        starts.map(async (one) => {
          await one.exited;
          return one;
        }),
      );
      expect(failed.output()).toMatch(/another system consumes these topics \(.*\).*KAFKA_TOPIC_PREFIX/);
      expect(failed.output()).not.toMatch(/^ {4}at /m);
      const [running] = starts.filter((one) => one !== failed);
      await running?.said(READY);
      process.kill(running?.pid ?? 0, 'SIGINT');
      await running?.exited;
    } finally {
      for (const { pid } of processesOf(other)) process.kill(pid, 'SIGKILL');
      await kafka.stop();
      await rm(other, { recursive: true, force: true });
    }
  });
});

describe('a script that runs npm start', () => {
  /** @param stdin cron and CI connect it to /dev/null, which is `ignore` */
  async function ready(commands: string, stdin: 'pipe' | 'ignore') {
    const script = spawn('bash', ['-c', commands], {
      cwd: PROJECT,
      env: { ...process.env, ...env },
      stdio: [stdin, 'pipe', 'inherit'],
    });
    const output = createInterface(script.stdout as Readable);
    await new Promise<void>((resolve) => void output.on('line', (line) => READY.test(line) && resolve()));
    return script;
  }

  test.each([
    ['npm start --silent; echo over', 'pipe'],
    ['npm start --silent; echo over', 'ignore'],
    ['npm start --silent | cat; echo over', 'ignore'],
  ] as const)('stops it when it is killed: %s, with standard input %s', async (commands, stdin) => {
    const script = await ready(commands, stdin);
    script.kill('SIGKILL');
    await nothingRuns();
  });

  test('leaves it running in the background when it ends', async () => {
    const script = await ready('npm start --silent & cat', 'pipe');
    script.stdin?.end();
    await once(script, 'exit');
    const { id } = await api(`http://localhost:${env['PORT']}`).makePoll({
      expired_at: new Date(Date.now() + 5_000).toISOString(),
    });
    // Long after it would have looked for the script.
    await until(async () => {
      const response = await fetch(`http://localhost:${env['PORT']}/polls/${id}`);
      expect(await response.json()).toMatchObject({ status: expect.stringMatching(/closing|closed/) });
    }, 20_000);
  });
});

describe('a start that is stopped before it is ready', () => {
  test.each(['SIGINT', 'SIGTERM'] as const)('leaves nothing behind on %s', async (signal) => {
    const { pid, said, exited } = start([process.execPath, SERVERLESS, 'offline', 'start']);
    await said(/PostgreSQL on/);
    process.kill(pid, signal);
    await exited;
    await nothingRuns();
  });
});

describe('a start that cannot succeed', () => {
  test('names the ports that are in use', async () => {
    const squatter = createServer().listen(Number(env['KAFKA_PORT']), '127.0.0.1');
    await once(squatter, 'listening');
    const said = await failure().finally(() => squatter.close());
    expect(said).toContain(`Port ${env['KAFKA_PORT']} for Kafka is in use.`);
  });

  test('names the missing variable for voters’ tokens', async () => {
    expect(await failure({ VOTER_AUTH: 'jwt', JWT_ISSUER: 'https://issuer.example' })).toContain(
      'JWT_AUDIENCE',
    );
  });

  test('names the invalid variable', async () => {
    expect(await failure({ PORT: 'abc' })).toContain('PORT must be a whole number');
  });

  test.each([
    ['the folder', '', 0o500],
    ['the data of PostgreSQL', 'postgres/data', 0],
  ])('names the owner of %s if it has no permission', async (_, closed, mode) => {
    await mkdir(join(folder, closed), { recursive: true });
    await chmod(join(folder, closed), mode);
    const said = await failure({}, [...LIKE_ANY_USER, process.execPath, SERVERLESS, 'offline', 'start']);
    await chmod(join(folder, closed), 0o700);
    expect(said).toMatch(/No permission for .*: .* belongs to user .*sudo chown -R.*\n.*set DATA_FOLDER/);
    expect(said).toContain(folder);
  });

  test('reports data of another PostgreSQL version', async () => {
    await mkdir(join(folder, 'postgres/data'), { recursive: true });
    await writeFile(join(folder, 'postgres/data/PG_VERSION'), '9\n');
    expect(await failure()).toMatch(/was written by PostgreSQL 9, but this is PostgreSQL 18.*--fresh/);
  });

  test('reports data of another Kafka version', async () => {
    await mkdir(join(folder, 'kafka/data'), { recursive: true });
    await writeFile(join(folder, 'kafka/data/written-by'), 'kafka-3.9.1');
    expect(await failure()).toMatch(/was written by kafka-3\.9\.1, but this is kafka-4.*--fresh/);
  });

  test('shows the end of the log of a broker that does not start', async () => {
    await mkdir(join(folder, 'kafka/data'), { recursive: true });
    await writeFile(join(folder, 'kafka/data/written-by'), 'kafka-4.4.0');
    await writeFile(join(folder, 'kafka/data/meta.properties'), 'version=99\n');
    expect(await failure()).toMatch(/Kafka did not start[\s\S]*meta\.properties/);
  });

  test('reports that the system already runs in this folder, and leaves it running', async () => {
    const first = start([process.execPath, SERVERLESS, 'offline', 'start']);
    await first.said(/PostgreSQL on/);
    const second = start([process.execPath, SERVERLESS, 'offline', 'start']);
    expect(await second.exited).toEqual({ code: 1, signal: null });
    expect(second.output()).toContain(`already running in ${folder} (process ${first.pid})`);
    await first.said(READY);
    const clean = launch([process.execPath, 'lib/offline/clean.ts'], { cwd: PROJECT, env });
    expect(await clean.exited).toEqual({ code: 1, signal: null });
    expect(clean.output()).toMatch(/^The system is already running in .* \(process \d+\)\..*$/);
    expect(await statusOf('/health')).toBe(200);
  });
});
