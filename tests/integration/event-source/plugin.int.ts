import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { threadId } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import ServerlessOfflineMsk from '../../../lib/offline/event-source/plugin.ts';
import { untilTrue } from '../../support/untilTrue.ts';
import { type Bench, numbered, openBench } from './harness.ts';

let bench: Bench;
let folder: string;
let plugin: ServerlessOfflineMsk;

beforeEach(async () => {
  bench = await openBench({ partitions: 3 });
  folder = await mkdtemp(join(tmpdir(), 'event-source-'));
  process.env['SEEN'] = join(folder, 'seen');
});
afterEach(async () => {
  await plugin.hooks['before:offline:start:end']?.();
  await bench.close();
  await rm(folder, { recursive: true });
});

interface Options {
  /** In seconds. */
  timeout?: number;
  /** Of the event source. */
  own?: Record<string, unknown>;
}

/** A service with one function on the topic, started through the plugin's hooks as Serverless would. */
async function start(
  handler: string,
  custom: Record<string, unknown>,
  { timeout = 6, own }: Options = {},
): Promise<void> {
  const serviceFolder = join(import.meta.dirname, 'service');
  const logicalId = `HandlerEventSourceMappingMSKMain${upper(bench.topic.replaceAll('-', ''))}`;
  const serverless = {
    config: { serverlessPath: '', servicePath: serviceFolder },
    serviceDir: serviceFolder,
    pluginManager: { spawn: async () => undefined },
    service: {
      service: 'demo',
      provider: { runtime: 'nodejs24.x', region: 'us-east-1' },
      custom: {
        'serverless-offline': { localEnvironment: true, ...custom },
        'serverless-offline-msk-event-source': { brokers: process.env['TEST_KAFKA_BROKERS'], ...own },
      },
      functions: {
        handler: { name: 'demo-handler', handler: `handler.${handler}`, timeout, events: [msk()] },
      },
      resources: {
        extensions: {
          [logicalId]: {
            Properties: {
              FunctionResponseTypes: ['ReportBatchItemFailures'],
              MaximumBatchingWindowInSeconds: 0,
            },
          },
        },
      },
    },
  };
  const log = {
    notice: (line: string) => bench.log.push(line),
    warning: (line: string) => bench.log.push(line),
  };
  plugin = new ServerlessOfflineMsk(serverless, {}, { log });
  await plugin.hooks['before:offline:start:init']?.();
  await plugin.hooks['after:offline:start:init']?.();
}

const msk = () => ({
  msk: { arn: 'arn:aws:kafka:us-east-1:1:cluster/Main/1', topic: bench.topic, consumerGroupId: bench.group },
});
const upper = (name: string) => name.charAt(0).toUpperCase() + name.slice(1);

async function seen(): Promise<Record<string, unknown>[]> {
  const lines = await readFile(join(folder, 'seen'), 'utf8').catch(() => '');
  return lines
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));
}

const committedTo = (offset: number) =>
  untilTrue(async () => (await bench.committed()).every((committed) => committed === offset));

describe('through serverless-offline', () => {
  test('in-process functions are invoked for all partitions at once', async () => {
    for (const partition of [0, 1, 2]) await bench.produce(...numbered(2, partition));
    await start('overlap', { useInProcess: true });
    await committedTo(2);
    const told = await seen();
    expect(Math.max(...told.map(({ running }) => Number(running)))).toBeGreaterThan(1);
    expect(told[0]?.['left']).toBeGreaterThan(5000);
    expect(told.map(({ keys }) => String(keys)).sort()).toEqual([0, 1, 2].map((p) => `${bench.topic}-${p}`));
  });

  test('a worker thread is stopped when its function exceeds the timeout, and another takes the batch', async () => {
    await bench.produce({ value: 'a', partition: 0 });
    await start('hang', { useInProcess: false }, { timeout: 1 });
    await untilTrue(async () => (await seen()).length >= 2);
    const [first, second] = await seen();
    expect(second?.['threadId']).not.toBe(first?.['threadId']);
    expect(second?.['attempts']).toBe(1);
    expect(bench.log.join()).toContain('timeout of 1 s');
  });

  test('with `thread`, functions run in one other thread, which loads the imports first', async () => {
    for (const partition of [0, 1, 2]) await bench.produce(...numbered(2, partition));
    const imports = [pathToFileURL(join(import.meta.dirname, 'service/imported.mjs')).href];
    await start('overlap', { useInProcess: true }, { own: { thread: true, imports } });
    await committedTo(2);
    const [first, ...invocations] = await seen();
    expect(first).toEqual({ imported: true });
    expect(new Set(invocations.map(({ threadId }) => threadId)).size).toBe(1);
    expect(invocations[0]?.['threadId']).not.toBe(threadId);
    expect(Math.max(...invocations.map(({ running }) => Number(running)))).toBeGreaterThan(1);
    expect(bench.log.join()).toContain('consumes 3 partitions');
    await plugin.hooks['before:offline:start:end']?.();
    expect(await bench.members()).toBe(0);
  });

  test('the response types of the extension are applied', async () => {
    await bench.produce(...numbered(4, 0), ...numbered(4, 1), ...numbered(4, 2));
    await start('partial', { useInProcess: true });
    await committedTo(4);
    const offsets = (await seen()).map(({ offsets }) => String(offsets));
    expect(offsets.filter((list) => list === '2,3')).toHaveLength(3);
  });
});
