import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Kafka, logLevel } from 'kafkajs';
import { freePort } from '../../../lib/offline/ports.ts';
import { startKafka, type TestKafka } from '../../support/servers/servers.ts';
import { untilTrue } from '../../support/untilTrue.ts';
import { type Bench, numbered, openBench, values } from './harness.ts';

let server: TestKafka;
let bench: Bench;
beforeAll(async () => {
  server = await startKafka();
  bench = await openBench({ brokers: server.brokers, partitions: 2 });
});
afterAll(async () => {
  await bench.close();
  await server.stop();
});

test('no record is lost and the process survives when a broker is killed and restarted', async () => {
  const seen = new Set<string>();
  const rejections: unknown[] = [];
  const note = (reason: unknown) => rejections.push(reason);
  process.on('unhandledRejection', note);
  await bench.start(async (records) => {
    await new Promise((resolve) => setTimeout(resolve, 30));
    for (const value of values(records)) seen.add(value);
  });
  await bench.produce(...numbered(100));
  await untilTrue(() => seen.size === 100);
  await server.kill9();
  // Long enough for KafkaJS to give up, so that the way back is a new consumer.
  await untilTrue(() => bench.log.some((line) => line.includes('lost Kafka')));
  await server.restart();
  await bench.produce(...numbered(200));
  await untilTrue(() => seen.size === 200);
  await untilTrue(async () => (await bench.committed())[0] === 300);
  process.off('unhandledRejection', note);
  expect(rejections).toEqual([]);
});

test('a broker that never answers is reported, and a stop still ends in time', async () => {
  const nobody = new Kafka({ brokers: [`127.0.0.1:${await freePort()}`], logLevel: logLevel.NOTHING });
  const started = bench.start(() => undefined, {}, nobody);
  await untilTrue(() => bench.log.some((line) => line.includes('ECONNREFUSED')));
  const began = performance.now();
  await Promise.all([bench.stopAll(), started]);
  expect(performance.now() - began).toBeLessThan(9_000);
});
