import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { buildClient } from '../../esbuild.config.ts';

const PROJECT = resolve(import.meta.dirname, '../..');
const run = promisify(execFile);

/** What a user writes; it is compiled and run. */
const PROGRAM = `
import { ApiError, createClient, type ApiErrorCode, type LiveState, type PollState } from 'poleparty-client';

const polls = createClient({ http: 'http://127.0.0.1:9/' });
const live = polls.live();
const states: LiveState[] = [];
const stop: () => void = live.watchPoll('p', ({ poll, viewers }: PollState) => console.log(poll.question, viewers));
live.onState((state) => states.push(state));
await live.ready();
stop();
live.close();
const code: ApiErrorCode = await polls.getPoll('p').then(
  () => 'internal_error' as const,
  (error: unknown) => (error instanceof ApiError ? error.code : 'internal_error'),
);
console.log(JSON.stringify({ states, code }));
`;

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'client-package-'));
  await buildClient();
  await run(process.execPath, [join(PROJECT, 'node_modules/typescript/bin/tsc'), '-p', 'lib/client'], {
    cwd: PROJECT,
  });
  const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', folder, './.build/client'], {
    cwd: PROJECT,
  });
  const [{ filename }] = JSON.parse(stdout) as [{ filename: string }];
  const target = join(folder, 'node_modules/poleparty-client');
  await mkdir(target, { recursive: true });
  await run('tar', ['xzf', join(folder, filename), '--strip-components=1', '-C', target]);
  await writeFile(join(folder, 'package.json'), '{"type":"module"}');
  await writeFile(join(folder, 'program.ts'), PROGRAM);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test('the packed client compiles strictly in a project of its own, and runs in Node', async () => {
  const options = [
    '--strict',
    '--module',
    'nodenext',
    '--target',
    'es2022',
    '--lib',
    'es2022,dom',
    '--types',
    '',
  ];
  const tsc = join(PROJECT, 'node_modules/typescript/bin/tsc');
  await run(process.execPath, [tsc, ...options, 'program.ts'], { cwd: folder }).catch((error) => {
    throw new Error(`${error.stdout}${error.stderr}`);
  });
  const { stdout } = await run(process.execPath, ['program.js'], { cwd: folder });
  expect(JSON.parse(stdout)).toEqual({ states: ['polling', 'closed'], code: 'network_error' });
});
