import { randomUUID } from 'node:crypto';
import { connect } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { type Admin, Kafka, logLevel, type Producer } from 'kafkajs';
import { patchKafkaJs } from '../../../lib/kafka/patches/patchKafkaJs.ts';
import { makeTopics } from '../../support/kafka/makeTopics.ts';
import { type LeakyProxy, startLeakyProxy } from '../../support/servers/leakyProxy.ts';

// What is thrown outside of any promise, as KafkaJS did here, fails a test of Jest and would end a process.

let proxy: LeakyProxy;
let admin: Admin;
let producer: Producer;
const topic = `broken-answers-${randomUUID()}`;

const int32 = (value: number) => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
};

beforeAll(async () => {
  patchKafkaJs();
  const [broker = ''] = (process.env['TEST_KAFKA_BROKERS'] ?? '').split(',');
  proxy = await startLeakyProxy(Number(broker.split(':')[1]));
});
afterAll(() => proxy.stop());

beforeEach(async () => {
  const client = new Kafka({
    brokers: ['127.0.0.1:9092'],
    requestTimeout: 1_000,
    retry: { initialRetryTime: 20 },
    logLevel: logLevel.NOTHING,
    // The broker tells its own address, so every connection is sent to the proxy here.
    socketFactory: ({ onConnect }) => connect(proxy.port, '127.0.0.1', onConnect),
  });
  admin = client.admin();
  producer = client.producer();
  await Promise.all([admin.connect(), producer.connect()]);
  await makeTopics(admin, [{ topic }]);
});
afterEach(async () => {
  await Promise.all([admin.disconnect(), producer.disconnect()]);
});

const send = () => producer.send({ topic, acks: -1, messages: [{ value: 'v' }] });

test.each([0, 1, 3, 4, 7, 20])('a producer recovers from a response that ends at byte %d', async (length) => {
  await send();
  proxy.spoilNextAnswer((answer) => answer.subarray(0, length));
  expect(await send()).toHaveLength(1);
  expect(await send()).toHaveLength(1);
});

test.each([
  ['a negative size', Buffer.concat([int32(-5), Buffer.alloc(40)])],
  ['no size at all', Buffer.concat([int32(0), int32(3), Buffer.alloc(40)])],
  ['a huge size', Buffer.concat([int32(2 ** 31 - 1), Buffer.alloc(40, 7)])],
  ['an answer to another question', Buffer.concat([int32(40), int32(999_999), Buffer.alloc(36)])],
  ['text', Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n')],
])('a producer recovers from %s instead of a response', async (_what, garbage) => {
  await send();
  proxy.spoilNextAnswer(() => garbage);
  expect(await send()).toHaveLength(1);
  expect(await send()).toHaveLength(1);
});

test('a malformed response fails only its own request', async () => {
  await send();
  proxy.spoilNextAnswer((answer) =>
    Buffer.concat([answer.subarray(0, 8), int32(2 ** 31 - 1), answer.fill(0xff, 8)]),
  );
  await send().catch(() => undefined);
  expect(await send()).toHaveLength(1);
});
