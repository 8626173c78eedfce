import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { binary, installClient } from '../support/packages/installPacked.ts';
import { run } from '../support/run.ts';

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
  await installClient(folder);
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
  await run(process.execPath, [binary('typescript/bin/tsc'), ...options, 'program.ts'], folder);
  const printed = await run(process.execPath, ['program.js'], folder);
  expect(JSON.parse(printed)).toEqual({ states: ['polling', 'closed'], code: 'network_error' });
});
