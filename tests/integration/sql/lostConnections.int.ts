import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { build } from 'esbuild';
import { bundleOptions } from '../../../esbuild.config.ts';
import { UnavailableError } from '../../../lib/errors.ts';
import { patchPostgres } from '../../../lib/infra/build/patchPostgres.ts';
import { createDatabase, type Database, pingPostgres } from '../../../lib/sql/database.ts';
import { type FreshDatabase, freshDatabase } from '../../support/database/database.ts';
import { run } from '../../support/run.ts';
import { type LeakyProxy, startLeakyProxy } from '../../support/servers/leakyProxy.ts';

const TIMEOUT_MS = 500;

let database: FreshDatabase;
let proxy: LeakyProxy;
let throughProxy: Database;

beforeAll(async () => {
  database = await freshDatabase();
  proxy = await startLeakyProxy(database.config.port);
  throughProxy = createDatabase({ ...database.config, host: '127.0.0.1', port: proxy.port });
});
afterAll(async () => {
  await proxy?.stop();
  await database?.end();
});

test('a connection that leads nowhere is given up after one query', async () => {
  await throughProxy.run(pingPostgres);
  proxy.loseConnections();
  await expect(throughProxy.run(pingPostgres, TIMEOUT_MS)).rejects.toThrow(UnavailableError);
  await throughProxy.run(pingPostgres, TIMEOUT_MS);
});

const PROJECT = resolve(import.meta.dirname, '../../..');
const PROGRAM = join(PROJECT, 'tests/support/database/loseConnections.ts');
const PATCHES = join(PROJECT, 'lib/infra/build/patchPostgresInNode.ts');

let folder: string;
let bundle: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lost-connections-'));
  bundle = join(folder, 'loseConnections.mjs');
  const { outdir: _, outbase: __, outExtension: ___, ...options } = bundleOptions;
  await build({
    ...options,
    entryPoints: [PROGRAM],
    plugins: [patchPostgres],
    outfile: bundle,
    write: true,
  });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe.each([
  ['the functions', () => [bundle]],
  ['commands', () => ['--import', PATCHES, PROGRAM]],
  ['npm start', () => ['--require', join(PROJECT, 'lib/offline/offlinePlugin.ts'), PROGRAM]],
] as const)('in %s, whose Postgres client is patched,', (_, command) => {
  async function outcomesOf(scenario: string): Promise<unknown> {
    const { host, port, user, password = '', database: name } = database.config;
    const said = await run(process.execPath, [...command(), scenario], folder, {
      POSTGRES_HOST: host,
      POSTGRES_PORT: `${port}`,
      POSTGRES_USER: user,
      POSTGRES_PASSWORD: password,
      POSTGRES_DB: name,
    });
    return JSON.parse(said);
  }

  test('each query gets its own answer or an error when all connections are lost at once', async () => {
    expect(await outcomesOf('allAtOnce')).toEqual({
      wrong: 0,
      asked: 20 * (240 + 8),
      after: { own: 4, error: 0, wrong: 0 },
    });
  });

  test('the next result begins with its own first row when one has ended in the middle', async () => {
    expect(await outcomesOf('inResult')).toEqual({
      failed: '22012',
      afterError: [{ n: 1 }],
      lostBy: expect.stringMatching(/^(CONNECTION_CLOSED|ECONNRESET|57P01)$/),
      afterLoss: [{ n: 1 }],
    });
  });

  test('a transaction whose connection is lost writes nothing afterwards', async () => {
    expect(await outcomesOf('inTransaction')).toEqual({
      lost: 'CONNECTION_CLOSED',
      late: [expect.stringMatching(/^(CONNECTION_CLOSED|ECONNRESET|57P01)$/), 'CONNECTION_CLOSED'],
      rows: 0,
      after: { own: 4, error: 0, wrong: 0 },
    });
  });
});
