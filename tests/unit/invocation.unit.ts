import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import middy from '@middy/core';
import type { Context } from 'aws-lambda';
import { withRequestIds } from '../../lib/invocation.ts';
import { log } from '../../lib/log.ts';
import { outages } from '../../lib/outages.ts';
import { type CapturedStdout, captureStdout } from '../support/metrics/captureStdout.ts';

let stdout: CapturedStdout;
beforeEach(() => {
  stdout = captureStdout();
});
afterEach(() => stdout.restore());

const logged = () =>
  stdout
    .text()
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

const invoked = (id: string) => ({ awsRequestId: id }) as Context;
const request = (requestId: string) => ({ requestContext: { requestId } });

test('every log line of an invocation carries the ids of Lambda and of API Gateway, also after an error', async () => {
  const handler = withRequestIds(
    middy(async (_: object): Promise<string> => {
      log.info('Before.');
      await delay(1);
      outages.fault('Counting votes', new Error('no'));
      throw new Error('no');
    }).use({
      onError: (failed) => {
        log.error('Request failed.');
        failed.response = 'answered';
      },
    }),
  );
  expect(await handler(request('api-1'), invoked('lambda-1'))).toBe('answered');
  const ids = { awsRequestId: 'lambda-1', apiRequestId: 'api-1' };
  const messages = ['Before.', 'Counting votes failed.', 'Request failed.'];
  expect(logged()).toMatchObject(messages.map((message) => ({ message, ...ids })));
});

test('invocations at the same time in one process do not mix their ids', async () => {
  const both = Promise.withResolvers<void>();
  let running = 0;
  const handler = withRequestIds(async (event: { requestContext: { requestId: string } }) => {
    running += 1;
    if (running === 2) both.resolve();
    await both.promise;
    log.info(event.requestContext.requestId);
  });
  await Promise.all(['a', 'b'].map((id) => handler(request(id), invoked(`lambda of ${id}`))));
  for (const line of logged()) {
    expect([line.apiRequestId, line.awsRequestId]).toEqual([line.message, `lambda of ${line.message}`]);
  }
  expect(logged()).toHaveLength(2);
});

test('an event without API Gateway has Lambda’s id only, and code outside of an invocation none', async () => {
  await withRequestIds(async () => log.info('Scheduled.'))({}, invoked('lambda-2'));
  log.info('Outside.');
  expect(logged()).toEqual([
    { time: expect.any(String), level: 'info', message: 'Scheduled.', awsRequestId: 'lambda-2' },
    { time: expect.any(String), level: 'info', message: 'Outside.' },
  ]);
});
