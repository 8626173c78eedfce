import { afterEach, beforeAll, expect, jest, test } from '@jest/globals';
import RequestQueue from 'kafkajs/src/network/requestQueue/index.js';
import { until } from '../../../lib/concurrency/deadline.ts';
import { patchKafkaJs } from '../../../lib/kafka/patches/patchKafkaJs.ts';

const MINUTE_MS = 60_000;
const THROTTLE_MS = 200;
const SENT_WITHIN_MS = 5_000;

beforeAll(patchKafkaJs);
afterEach(() => void jest.restoreAllMocks());

function throttledQueue() {
  const logger = { debug() {} };
  const queue = new RequestQueue({
    requestTimeout: MINUTE_MS,
    logger,
    clientId: 'test',
    broker: 'broker:9092',
  });
  queue.maybeThrottle(THROTTLE_MS);
  return queue;
}

/** @returns when the request is sent */
function push(queue: RequestQueue): { sentAt?: number } {
  const request: { sentAt?: number } = {};
  const entry = { correlationId: 1, resolve() {}, reject() {} };
  const sendRequest = () => {
    request.sentAt = performance.now();
  };
  queue.push({ entry, expectResponse: true, sendRequest });
  return request;
}

test.each([
  ['back', -MINUTE_MS],
  ['forward', MINUTE_MS],
])(
  'a connection is throttled for as long as the broker asks, while the clock is set %s',
  async (_, stepMs) => {
    const startedAt = performance.now();
    const queue = throttledQueue();
    const { now } = Date;
    jest.spyOn(Date, 'now').mockImplementation(() => now() + stepMs);
    const request = push(queue);
    await until(async () => expect(request.sentAt).toBeDefined(), SENT_WITHIN_MS);
    expect((request.sentAt ?? 0) - startedAt).toBeGreaterThanOrEqual(THROTTLE_MS);
    queue.destroy();
  },
);

test('a shorter delay does not end a longer one, and none delays nothing', async () => {
  const queue = throttledQueue();
  queue.maybeThrottle(1);
  queue.maybeThrottle(0);
  queue.maybeThrottle(null);
  expect(queue.canSendSocketRequestImmediately()).toBe(false);
  await until(async () => expect(queue.canSendSocketRequestImmediately()).toBe(true), SENT_WITHIN_MS);
});
