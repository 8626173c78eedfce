import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { freePort } from '../../lib/offline/ports.ts';
import { binary, installEventSource } from '../support/packages/installPacked.ts';
import { run } from '../support/run.ts';
import { launch } from '../support/servers/launch.ts';
import { untilTrue } from '../support/untilTrue.ts';
import { type Bench, openBench } from './event-source/harness.ts';

const SERVICE = resolve(import.meta.dirname, '../support/packages/msk-service');

/** Compiled, not run. */
const PROGRAM = `
import MskEventSource from 'serverless-offline-msk-event-source';

export const hooksOf = (...args: ConstructorParameters<typeof MskEventSource>): Record<string, () => Promise<void>> =>
  new MskEventSource(...args).hooks;
`;

let folder: string;
let bench: Bench;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'msk-service-'));
  await cp(SERVICE, folder, { recursive: true });
  await installEventSource(folder);
});
beforeEach(async () => {
  bench = await openBench();
});
afterEach(() => bench.close());
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function startService(thread: boolean) {
  return launch([process.execPath, binary('.bin/serverless'), 'offline'], {
    cwd: folder,
    env: {
      KAFKA_BROKERS: process.env['TEST_KAFKA_BROKERS'] ?? '',
      TOPIC: bench.topic,
      GROUP: bench.group,
      LAMBDA_PORT: `${await freePort()}`,
      THREAD: `${thread}`,
    },
  });
}

describe.each([
  ["serverless-offline's thread", false],
  ['a thread of its own', true],
])('in a Serverless project of its own, in %s', (_, thread) => {
  test('a record whose handler throws comes again', async () => {
    await bench.produce({ value: 'tea' });
    const service = await startService(thread);
    try {
      await service.said(/call 1 got tea[\s\S]*Not now\.[\s\S]*call 2 got tea/);
      await bench.produce({ value: 'coffee' });
      await service.said(/call 3 got coffee/);
      await untilTrue(async () => (await bench.committed())[0] === 2);
    } finally {
      if (!service.hasExited()) process.kill(service.pid, 'SIGINT');
      await service.exited;
    }
    expect(service.output().match(/call \d+ got \w+/g)).toEqual([
      'call 1 got tea',
      'call 2 got tea',
      'call 3 got coffee',
    ]);
    expect(await bench.members()).toBe(0);
  });

  test('an error in the background of a handler ends the process', async () => {
    await bench.produce({ value: 'mistake' });
    const service = await startService(thread);
    await service.exited;
    expect(service.output()).toContain('undefinedFunction is not defined');
  });
});

test('its types compile strictly', async () => {
  await writeFile(join(folder, 'program.ts'), PROGRAM);
  const options = ['--strict', '--noEmit', '--module', 'nodenext', '--target', 'es2022', '--types', ''];
  await run(process.execPath, [binary('typescript/bin/tsc'), ...options, 'program.ts'], folder);
});
