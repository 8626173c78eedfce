import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, jest, test } from '@jest/globals';
import { answerTimeouts } from '../../../lib/offline/emulator/answerTimeouts.ts';
import { outages } from '../../../lib/outages.ts';
import { captureLines } from '../../support/metrics/captureStdout.ts';
import { passTime } from '../../support/passTime.ts';

let folder: string;
// biome-ignore lint/suspicious/noExplicitAny: a class of the emulator without types
let LambdaFunction: any;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'poleparty-timeouts-'));
  await writeFile(join(folder, 'slow.mjs'), 'export const handler = () => new Promise(() => {});');
  await writeFile(join(folder, 'quick.mjs'), 'export const handler = async () => ({ statusCode: 200 });');
  await answerTimeouts();
  const file = new URL('./lambda/LambdaFunction.js', import.meta.resolve('serverless-offline')).href;
  LambdaFunction = (await import(file)).default;
});
afterAll(() => rm(folder, { recursive: true, force: true }));

let printed: string[];
beforeEach(() => {
  printed = captureLines();
});
afterEach(() => {
  jest.restoreAllMocks();
  outages.success('Running functions within their timeout');
});

function call(event: object, name = 'slow'): Promise<unknown> {
  const definition = { name, handler: `${name}.handler`, timeout: 0.05, runtime: 'nodejs24.x' };
  const serverless = {
    service: { provider: {}, package: {} },
    serviceDir: folder,
    config: { serverlessPath: folder, servicePath: folder },
  };
  const called = new LambdaFunction(name, definition, serverless, { useInProcess: true });
  called.setEvent(event);
  return called.runHandler();
}

test('a function that times out is answered 503, which clients repeat', async () => {
  expect(await call({ version: '2.0' })).toMatchObject({
    statusCode: 503,
    headers: { 'content-type': 'application/problem+json', 'retry-after': expect.stringMatching(/^\d+$/) },
  });
});

test('a timeout of a function that answers no HTTP request is an error that says that a retry may succeed', async () => {
  await expect(call({ eventSource: 'aws:kafka' })).rejects.toMatchObject({
    retryable: true,
    message: expect.stringContaining('timed out'),
  });
});

test('many timeouts are logged as one, without a stack', async () => {
  await Promise.all([call({ version: '2.0' }), call({ version: '2.0' }), call({}).catch(() => {})]);
  expect(printed.map((line) => JSON.parse(line))).toEqual([
    {
      time: expect.any(String),
      level: 'warn',
      message: 'Running functions within their timeout failed.',
      error: { name: 'UnavailableError', message: 'The function timed out.', code: 'unavailable' },
    },
  ]);
});

test('a timeout of a function that serves HTTP is logged once too', async () => {
  passTime(120_000);
  await call({ version: '2.0' });
  expect(printed).toHaveLength(1);
});

test('the log says that functions run within their timeout again', async () => {
  await call({}).catch(() => {});
  expect(await call({}, 'quick')).toEqual({ statusCode: 200 });
  expect(printed).toHaveLength(1);
  passTime(10_000);
  await call({}, 'quick');
  expect(printed.map((line) => JSON.parse(line).message)).toEqual([
    'Running functions within their timeout failed.',
    expect.stringMatching(/^Running functions within their timeout works again after/),
  ]);
});
