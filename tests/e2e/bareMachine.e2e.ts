import { chmodSync, cpSync, existsSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { until } from '../../lib/concurrency/deadline.ts';
import { freePort } from '../../lib/offline/ports.ts';
import { LIKE_ANY_USER, launch } from '../support/servers/launch.ts';
import { processesOf } from '../support/servers/processesOf.ts';

const PROJECT = resolve(import.meta.dirname, '../..');
const PARTS = ['functions', 'lib', 'esbuild.config.ts', 'package.json', 'serverless.yml', 'tsconfig.json'];
/** What every system has; `setpriv` is for root alone. */
const TOOLS = ['node', 'npm', 'sh', 'sleep', 'id', 'setpriv'];
const FIRST_START_MS = 90_000;
/** With what comes before and after. */
const LIMIT_MS = 240_000;
const GONE_LIMIT_MS = 20_000;

let folder: string;
let checkout: string;
let env: Record<string, string>;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'poleparty-bare-'));
  checkout = join(folder, 'Pöle, ☕ and party');
  for (const part of PARTS) cpSync(join(PROJECT, part), join(checkout, part), { recursive: true });
  symlinkSync(join(PROJECT, 'node_modules'), join(checkout, 'node_modules'));
  const names = ['PORT', 'WEBSOCKET_PORT', 'POSTGRES_PORT', 'KAFKA_PORT'];
  const ports = await Promise.all(names.map(async (name) => [name, `${await freePort()}`]));
  const DATA_FOLDER = join(folder, 'wörk, space \\ b');
  const none = { DATA_FOLDER, JAVA_HOME: '', HOME: '/dev/null/home', LANG: 'C', LC_ALL: 'C' };
  env = { ...Object.fromEntries(ports), ...none };
});

afterAll(async () => {
  for (const { pid } of processesOf(folder)) process.kill(pid, 'SIGKILL');
  await until(async () => expect(processesOf(folder)).toEqual([]), GONE_LIMIT_MS);
  rmSync(folder, { recursive: true, force: true });
});

/** A PATH that finds these and nothing else. */
function pathOf(...names: string[]): string {
  const bin = mkdtempSync(join(folder, 'bin-'));
  const places = (process.env['PATH'] ?? '').split(delimiter);
  for (const name of names) {
    const found = places.map((place) => join(place, name)).find(existsSync);
    if (found) symlinkSync(found, join(bin, name));
  }
  return bin;
}

/** The interpreter itself, whatever wraps it on the path. */
async function addPython(bin: string): Promise<void> {
  const asked = launch(['python3', '-c', 'import sys; print(sys.executable)'], { cwd: folder, env: {} });
  await asked.exited;
  symlinkSync(asked.output(), join(bin, 'python3'));
}

async function request(
  path: string,
  body?: object,
): Promise<{ status: number; body: Record<string, unknown> }> {
  const response = await fetch(`http://localhost:${env['PORT']}${path}`, {
    method: body ? 'POST' : 'GET',
    headers: { 'content-type': 'application/json' },
    ...(body && { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

describe('a machine without Java and Maven, with a difficult folder name and locale', () => {
  test('npm start says what to do if there is no network', async () => {
    const offline = { HTTPS_PROXY: 'http://127.0.0.1:9', https_proxy: 'http://127.0.0.1:9' };
    const PATH = pathOf(...TOOLS);
    const { exited, output } = launch(['npm', 'start', '--silent'], {
      cwd: checkout,
      env: { ...env, ...offline, PATH },
    });
    expect((await exited).code).toBe(1);
    expect(output()).toMatch(/Kafka (needs Java 17|could not be downloaded).*set KAFKA_BROKERS/);
    expect(output()).not.toMatch(/^ {4}at /m);
    expect(processesOf(folder)).toEqual([]);
  });

  test(
    'npm start downloads what is missing, reports it, and counts votes',
    async () => {
      const PATH = pathOf(...TOOLS);
      await addPython(PATH);
      const begun = performance.now();
      const { said, output, exited, pid } = launch(['npm', 'start', '--silent'], {
        cwd: checkout,
        env: { ...env, PATH },
      });
      await said(/in total/);
      expect(performance.now() - begun).toBeLessThan(FIRST_START_MS);
      expect(output()).toMatch(/Java 17 was not found\. Downloading .* into .* MB, .*JAVA_HOME/);
      expect(output()).toMatch(/Downloading Kafka 4.* into/);

      const made = await request('/polls', {
        question: 'Tea?',
        options: ['Yes', 'No'],
        expired_at: new Date(Date.now() + 3_600_000).toISOString(),
      });
      const [option] = made.body['options'] as { option_id: string }[];
      const ballot = { user_id: 'ann', option_id: option?.option_id };
      expect((await request(`/polls/${made.body['id']}/vote`, ballot)).status).toBe(202);
      await until(async () => {
        expect((await request(`/polls/${made.body['id']}`)).body).toMatchObject({ total_votes: 1 });
      }, 10_000);
      process.kill(pid, 'SIGTERM');
      await exited;
      expect(processesOf(folder)).toEqual([]);
    },
    LIMIT_MS,
  );

  test('npm start says what to do if the build folder belongs to another user', async () => {
    const build = join(checkout, '.build');
    // Unchanged files are left alone.
    writeFileSync(join(build, 'meta.json'), 'of another version');
    chmodSync(build, 0o500);
    const { exited, output } = launch([...LIKE_ANY_USER, 'npm', 'start', '--silent'], {
      cwd: checkout,
      env: { ...env, PATH: pathOf(...TOOLS) },
    });
    expect((await exited).code).toBe(1);
    chmodSync(build, 0o700);
    expect(output()).toMatch(
      /No permission for .*: .*\.build belongs to user .*sudo chown.*\nOr move the project/,
    );
    expect(output()).not.toMatch(/^ {4}at /m);
    expect(processesOf(folder)).toEqual([]);
  });
});
