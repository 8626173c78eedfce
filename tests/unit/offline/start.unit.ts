import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Writable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { until } from '../../../lib/concurrency/deadline.ts';
import { signingKeys } from '../../../lib/config.ts';
import { StartError } from '../../../lib/errors.ts';
import { localConfig } from '../../../lib/localConfig.ts';
import { refuseFullDisk } from '../../../lib/offline/disk.ts';
import { ownHost } from '../../../lib/offline/lan.ts';
import { checkVariables, localEnvironment } from '../../../lib/offline/localSystem.ts';
import { lockDataFolder } from '../../../lib/offline/lockDataFolder.ts';
import { explainPort, freePort, localPorts, refuseTakenPorts } from '../../../lib/offline/ports.ts';
import { childrenOf, describeProcess, isAlive } from '../../../lib/offline/processes.ts';
import { progress, welcome } from '../../../lib/offline/progress.ts';
import { lastLines } from '../../../lib/offline/servers/lastLines.ts';
import { isScript } from '../../../lib/offline/watchParents.ts';
import { localSecrets } from '../../../lib/operators/localSecrets.ts';
import { startFault } from '../../../lib/startFault.ts';

const newFolder = () => mkdtempSync(join(tmpdir(), 'poleparty-unit-'));
const SECRETS = { VOTER_SECRET: 'v'.repeat(32), SIGNING_KEYS: `k1:${'s'.repeat(32)}` };

describe('the local environment', () => {
  test('points functions to the embedded servers', () => {
    const env = localEnvironment(localConfig({ KAFKA_PORT: '9999' }), SECRETS, {});
    expect(env).toMatchObject({
      POSTGRES_HOST: '127.0.0.1',
      KAFKA_BROKERS: '127.0.0.1:9999',
      KAFKA_REPLICATION: '1',
      WEBSOCKET_ENDPOINT: 'http://localhost:3001',
      ...SECRETS,
    });
  });

  test.each([
    ['::1', 'http://[::1]:3001', 'http://[::1]:3000'],
    ['192.168.1.5', 'http://192.168.1.5:3001', 'http://192.168.1.5:3000'],
    [ownHost('0.0.0.0'), 'http://localhost:3001', 'http://localhost:3000'],
    [ownHost('::'), 'http://localhost:3001', 'http://localhost:3000'],
  ])('points functions and users to the emulator on %s', (host, endpoint, url) => {
    const env = localEnvironment(localConfig({}), SECRETS, {}, host);
    expect(env).toMatchObject({ WEBSOCKET_ENDPOINT: endpoint, FOLLOW_URL: url });
    expect(welcome(localConfig({}), new Date(0), 'open', 'Open it', host)).toContain(`${url}/polls`);
  });

  test('keeps the user’s variables', () => {
    const own = { POSTGRES_HOST: 'db', KAFKA_BROKERS: 'a:1,b:2', VOTER_SECRET: 'mine', NODE_ENV: 'test' };
    const env = localEnvironment(localConfig(own), SECRETS, own);
    expect(Object.keys(env)).not.toEqual(expect.arrayContaining(Object.keys(own)));
    expect({ ...env, ...own }).toMatchObject(own);
    expect(env).not.toHaveProperty('KAFKA_REPLICATION');
  });
});

describe('a variable that only a function would read later', () => {
  test.each([
    ['WEBSOCKET_ENDPOINT', 'localhost:3001', 'an http or https URL'],
    ['WEBSOCKET_ENDPOINT', 'ws://localhost:3001', 'an http or https URL'],
    ['PUBLIC_URL', 'polls.example.com', 'an http or https URL'],
    ['FOLLOW_URL', 'cdn.example.com', 'an http or https URL'],
    ['WEBHOOK_TARGETS', 'all', 'one of public, any'],
    ['TICK_MS', 'slow', 'a whole number'],
    ['KAFKA_BROKERS', 'localhost', 'host:port,host:port'],
    ['VOTES_PARTITIONS', '0', 'a whole number'],
  ])('is refused at the start by name: %s=%s', (name, value, said) => {
    expect(() => checkVariables({ FOLLOW_URL: 'https://cdn.example.com', [name]: value })).toThrow(
      `${name} must be ${said}`,
    );
  });

  test.each([
    ['SIGNING_KEYS', 'k1:short'],
    ['VOTER_SECRET', 'short'],
  ])('is refused at the start if it is no secret: %s=%s', (name, value) => {
    expect(() => checkVariables({ [name]: value })).toThrow(`${name} must have at least`);
  });

  test('may have an IPv6 address', () => {
    const urls = { WEBSOCKET_ENDPOINT: 'http://[::1]:3001', PUBLIC_URL: 'http://[2001:db8::1]' };
    expect(() => checkVariables(urls)).not.toThrow();
  });
});

describe('the local secrets', () => {
  test('are created once, readable by their owner only, and long enough for the functions', async () => {
    const folder = newFolder();
    const made = await localSecrets(folder);
    expect(await localSecrets(folder)).toEqual(made);
    expect(signingKeys({ ...made })).toHaveLength(1);
    expect(statSync(join(folder, 'secrets.json')).mode & 0o777).toBe(0o600);
  });

  test.each([
    ['cannot be read', (file: string) => mkdirSync(file), /EISDIR/],
    ['are cut off', (file: string) => writeFileSync(file, '{"VOTER_SECRET": "v'), /Restore it, or delete it/],
    ['are gone from their file', (file: string) => writeFileSync(file, ''), /Restore it, or delete it/],
  ])('that %s are not replaced', async (_, damage, said) => {
    const file = join(newFolder(), 'secrets.json');
    damage(file);
    const { mtimeMs } = statSync(file);
    await expect(localSecrets(dirname(file))).rejects.toThrow(said);
    expect(statSync(file)).toMatchObject({ mtimeMs });
  });

  test('differ between folders', async () => {
    expect(await localSecrets(newFolder())).not.toEqual(await localSecrets(newFolder()));
  });
});

describe('a port in use', () => {
  const server = createServer();
  beforeAll((done) => void server.listen(0, '127.0.0.1', () => done()));
  afterAll((done) => void server.close(() => done()));

  test('is reported with its server and the alternatives', async () => {
    const address = server.address();
    const port = address !== null && typeof address === 'object' ? address.port : 0;
    const config = localConfig({ PORT: `${await freePort()}`, WEBSOCKET_PORT: `${await freePort()}` });
    const uses = localPorts({ ...config, kafkaPort: port }, await freePort(), 'localhost');
    await expect(refuseTakenPorts(uses)).rejects.toThrow(
      `Port ${port} for Kafka is in use. Stop the program that uses it, or set KAFKA_PORT to another port, ` +
        'or set KAFKA_BROKERS to use your own server.',
    );
  });

  test('is explained if this user may not listen on it', () => {
    const [http] = localPorts(localConfig({ PORT: '80' }), 5432, 'localhost');
    const refused = Object.assign(new Error('listen EACCES'), { code: 'EACCES' });
    expect(http && explainPort(refused, http)).toBe(
      'This user may not listen on port 80 for HTTP. Ports below 1024 are usually for root: set PORT to another port.',
    );
    const bug = new TypeError('no');
    expect(() => http && explainPort(bug, http)).toThrow(bug);
  });

  test('is explained once if its host is not this machine', async () => {
    // Reserved for documentation.
    const host = '192.0.2.1';
    const external = localConfig({ POSTGRES_HOST: 'db', KAFKA_BROKERS: 'a:1' });
    await expect(refuseTakenPorts(localPorts(external, 5432, host))).rejects.toEqual(
      new StartError(
        `${host} is not an address of this machine. Set --host to one that is, such as localhost, or use --lan.`,
      ),
    );
  });

  test('is ignored if its server is not embedded', () => {
    const config = localConfig({ POSTGRES_HOST: 'db', KAFKA_BROKERS: 'a:1' });
    expect(localPorts(config, 5432, 'localhost').map(({ user }) => user)).toEqual(['HTTP', 'WebSockets']);
  });
});

describe('a start', () => {
  test('on a full disk reports free and required space', async () => {
    await expect(refuseFullDisk(tmpdir(), Number.MAX_SAFE_INTEGER)).rejects.toThrow(
      /is full: \d+ MB are free.*DATA_FOLDER/,
    );
    await expect(refuseFullDisk(tmpdir(), 0)).resolves.toBeUndefined();
  });

  test.each([
    ['EACCES', /No permission for \/data\/kafka\/x: \/data belongs to user .*\nOr set DATA_FOLDER/],
    ['EROFS', /read-only disk\. Make it writable, or set DATA_FOLDER/],
    ['ENOSPC', /no space left for \/data\/kafka\/x\. Free some/],
    ['EIO', /^EIO: refused\. .*set DATA_FOLDER/],
    ['ENOTDIR', /a part of the path is a file.*DATA_FOLDER/],
  ])('explains the file system error %s', (code, said) => {
    const refused = Object.assign(new Error(`${code}: refused`), { code, path: '/data/kafka/x' });
    const fault = startFault(refused, '/data');
    expect(fault).toBeInstanceOf(StartError);
    expect((fault as StartError).message).toMatch(said);
  });

  test('names the folder to take over, and passes on other errors', () => {
    const folder = newFolder();
    const refused = Object.assign(new Error('no'), { code: 'EACCES', path: join(folder, 'kafka/data/x') });
    const owner = process.getuid?.() === 0 ? 'root' : `${process.getuid?.()}`;
    expect((startFault(refused, folder) as Error).message).toContain(
      `${folder} belongs to user ${owner}, perhaps because npm start once ran as another user. Take ownership with: ` +
        `sudo chown -R "$(id -u)" '${folder}'`,
    );
    const bug = new TypeError('no');
    expect(startFault(bug, folder)).toBe(bug);
  });

  test('takes over a folder whose last process has ended or is another program', () => {
    const folder = newFolder();
    writeFileSync(join(folder, 'started-by'), `${process.ppid}`);
    lockDataFolder(folder);
    expect(readFileSync(join(folder, 'started-by'), 'utf8')).toBe(`${process.pid}`);
  });

  test('is refused while npm run clean deletes the folder', async () => {
    const folder = newFolder();
    const cleaning = spawn('sh', ['-c', 'read line', 'lib/offline/clean.ts']);
    try {
      await once(cleaning, 'spawn');
      writeFileSync(join(folder, 'started-by'), `${cleaning.pid}`);
      expect(() => lockDataFolder(folder)).toThrow(`already running in ${folder} (process ${cleaning.pid})`);
    } finally {
      cleaning.kill();
      await once(cleaning, 'exit');
    }
    lockDataFolder(folder);
  });

  test('ends no lock but its own', () => {
    const folder = newFolder();
    const file = join(folder, 'started-by');
    const unlock = lockDataFolder(folder);
    writeFileSync(file, `${process.ppid}`);
    unlock();
    expect(readFileSync(file, 'utf8')).toBe(`${process.ppid}`);
    lockDataFolder(folder)();
    expect(existsSync(file)).toBe(false);
  });

  test('reads parent and command of a process', () => {
    expect(describeProcess(process.pid)).toMatchObject({ parent: process.ppid });
    expect(describeProcess(process.pid)?.command).toContain('jest');
    expect(describeProcess(2 ** 22 + 1)).toBeUndefined();
  });

  test('knows that a process has ended before its parent has noticed', async () => {
    const script = 'cat <&3 & exec sleep 60';
    const parent = spawn('sh', ['-c', script], { stdio: ['ignore', 'ignore', 'inherit', 'pipe'] });
    const pid = parent.pid ?? 0;
    // A shell would notice.
    await until(async () => expect(describeProcess(pid)?.command).toBe('sleep 60'), 5_000);
    const [child = 0] = childrenOf(pid);
    expect(isAlive(child)).toBe(true);
    (parent.stdio[3] as Writable).end();
    await until(async () => expect(isAlive(child)).toBe(false), 5_000);
    expect(childrenOf(pid)).toEqual([child]);
    parent.kill();
    await once(parent, 'exit');
  });

  test('prints a line for each step, starting with its duration', async () => {
    const lines: string[] = [];
    const { step } = progress((line) => lines.push(line));
    expect(await step('schema migrated', async () => 7)).toBe(7);
    expect(lines).toEqual([expect.stringMatching(/^ {3}\d\.\d s {2}schema migrated$/)]);
  });

  test('prints a poll that can be posted as it is', () => {
    const text = welcome(localConfig({ PORT: '3999' }), new Date('2026-01-01T00:00:00Z'), 'open', 'Open it');
    expect(text.trim().split('\n').at(-1)).toBe('Open it');
    expect(text).toContain('http://localhost:3999/polls');
    const body = /-d '(.*)'/.exec(text)?.[1] ?? '';
    expect(JSON.parse(body)).toMatchObject({ expired_at: '2026-01-02T00:00:00.000Z' });
    expect(text).not.toContain('KEY');
    const withKey = welcome(localConfig({}), new Date('2026-01-01T00:00:00Z'), 'key', 'Open it');
    expect(withKey).toContain('/polls -H "authorization: Bearer $KEY" -H');
    expect(withKey).toContain('npm run keys');
  });
});

describe('a parent process of npm', () => {
  test.each([
    ['sh -c npm start; echo', true],
    ['/bin/bash -e /tmp/start.sh', true],
    ['bash -ec npm start; true', true],
    ['-bash', false],
    ['bash', false],
    ['/usr/bin/zsh -il', false],
    ['bash -i', false],
    ['node /usr/bin/concurrently npm start', false],
    ['ssh host npm start', false],
  ])('%j runs a script: %s', (command, expected) => {
    expect(isScript(command)).toBe(expected);
  });
});

describe('the end of a log', () => {
  test('is its last lines, or a note that it is empty', () => {
    const file = join(newFolder(), 'server.log');
    expect(lastLines(file)).toBe('(its log is empty)');
    writeFileSync(file, `${Array.from({ length: 2_000 }, (_, line) => `line ${line}`).join('\n')}\n`);
    expect(lastLines(file, 2)).toBe('line 1998\nline 1999');
  });
});
