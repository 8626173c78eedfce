import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { deadlineIn } from '../../../lib/clock.ts';
import { kafkaConfig } from '../../../lib/config.ts';
import { kafkaClient } from '../../../lib/kafka/client.ts';
import { createProducer } from '../../../lib/kafka/producer.ts';
import { freeze } from '../../support/servers/serverProcesses.ts';
import { startKafkaCluster, type TestKafkaCluster, type TestServer } from '../../support/servers/servers.ts';
import { untilTrue } from '../../support/untilTrue.ts';
import { type Bench, openBench } from './harness.ts';

const PARTITIONS = 6;
/** As long as the session of a dead broker, an election, and what a busy machine takes. */
const BACK_WITHIN_MS = 20_000;

// Three JVMs are started six times.
jest.setTimeout(400_000);

let cluster: TestKafkaCluster;
let bench: Bench;
beforeAll(async () => {
  cluster = await startKafkaCluster(3);
  bench = await openBench({ brokers: cluster.brokers, partitions: PARTITIONS });
});
afterAll(async () => {
  await bench.close();
  await cluster.stop();
});

/** Each returns what ends the outage. */
const outages: [string, (node: TestServer) => Promise<() => Promise<void>>][] = [
  [
    'dies',
    async (node) => {
      await node.kill9();
      return node.restart;
    },
  ],
  [
    'hangs',
    async (node) => {
      const goOn = freeze(node.pid);
      return async () => goOn();
    },
  ],
];

test.each(outages)('every partition is soon read again, whichever broker %s', async (how, breakDown) => {
  const producer = createProducer(kafkaClient(kafkaConfig({ KAFKA_BROKERS: cluster.brokers.join(',') })), '');
  const handledAt = Array<number>(PARTITIONS).fill(0);
  await bench.start((records) => {
    for (const { partition, value } of records) {
      const castAt = Number(Buffer.from(value ?? '', 'base64').toString());
      handledAt[partition] = Math.max(handledAt[partition] ?? 0, castAt);
    }
  });
  let isOver = false;
  const casting = (async () => {
    for (; !isOver; await delay(50)) {
      const value = Buffer.from(`${Date.now()}`);
      const records = handledAt.map((_, partition) => ({ partition, key: null, value }));
      void producer.settle(bench.topic, records, deadlineIn(5_000));
    }
  })();
  const allHandled = async (since: number) => {
    await untilTrue(() => Math.min(...handledAt) > since);
    return Date.now() - since;
  };
  await allHandled(Date.now());
  const took: number[] = [];
  for (const node of cluster.nodes) {
    const brokenAt = Date.now();
    const mend = await breakDown(node);
    try {
      took.push(await allHandled(brokenAt));
    } finally {
      await mend();
    }
    await allHandled(Date.now());
  }
  isOver = true;
  await casting;
  await producer.disconnect();
  await bench.stopAll();
  console.info(`A broker ${how}: counting resumed after ${took.join(', ')} ms.`);
  expect(Math.max(...took)).toBeLessThan(BACK_WITHIN_MS);
});
