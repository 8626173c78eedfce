import { spawnSync } from 'node:child_process';
import { connect } from 'node:net';
import { afterEach, expect, test } from '@jest/globals';
import { Kafka, logLevel } from 'kafkajs';
import { clientIdOf, thisProcess } from '../../../lib/offline/event-source/kafkaFor.ts';
import { startLeakyProxy } from '../../support/servers/leakyProxy.ts';
import { untilTrue } from '../../support/untilTrue.ts';
import { type Bench, openBench, values } from './harness.ts';

/** A member that says nothing any more is believed alive for so long. */
const SESSION_MS = 30_000;

let bench: Bench;
afterEach(() => bench.close());

/** Joins the group as another process would, takes its only partition and falls silent, as at a kill. */
async function joinAndDie(pid: number): Promise<() => Promise<void>> {
  const [broker = ''] = (process.env['TEST_KAFKA_BROKERS'] ?? '').split(',');
  const proxy = await startLeakyProxy(Number(broker.split(':')[1]));
  const consumer = new Kafka({
    clientId: clientIdOf({ ...thisProcess, pid }),
    brokers: [broker],
    logLevel: logLevel.NOTHING,
    socketFactory: ({ onConnect }) => connect(proxy.port, '127.0.0.1', onConnect),
  }).consumer({ groupId: bench.group, sessionTimeout: SESSION_MS, maxWaitTimeInMs: 100 });
  await consumer.connect();
  await consumer.subscribe({ topic: bench.topic });
  const joined = new Promise((resolve) => consumer.on(consumer.events.GROUP_JOIN, resolve));
  await consumer.run({ autoCommit: false, eachMessage: async () => undefined });
  await joined;
  proxy.loseConnections();
  return async () => {
    await proxy.stop();
    await consumer.disconnect();
  };
}

test('partitions of a killed process of this machine are taken over at once', async () => {
  bench = await openBench();
  const bury = await joinAndDie(spawnSync('true').pid);
  const began = Date.now();
  const seen: string[] = [];
  await bench.start((records) => void seen.push(...values(records)));
  await bench.produce({ value: 'a' });
  await untilTrue(() => seen.includes('a'));
  expect(Date.now() - began).toBeLessThan(SESSION_MS / 3);
  await bury();
});
