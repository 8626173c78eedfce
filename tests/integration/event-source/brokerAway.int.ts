import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Kafka, logLevel } from 'kafkajs';
import { kafkaFor } from '../../../lib/offline/event-source/kafkaFor.ts';
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
  await untilTrue(() => bench.log.some((line) => line.includes('cannot consume from Kafka')));
  await server.restart();
  await bench.produce(...numbered(200));
  await untilTrue(() => seen.size === 200);
  await untilTrue(async () => (await bench.committed())[0] === 300);
  process.off('unhandledRejection', note);
  expect(rejections).toEqual([]);
});

test('three consumers that retry log the beginning and the end of an outage, not their tries', async () => {
  const kafka = kafkaFor(server.brokers);
  let made = 0;
  const make = kafka.consumer.bind(kafka);
  kafka.consumer = (config) => {
    made += 1;
    return make(config);
  };
  for (const functionKey of ['one', 'two', 'three']) {
    await bench.start(() => undefined, { functionKey, groupId: `${bench.group}-${functionKey}` }, kafka);
  }
  const linesBefore = bench.log.length;
  const logged = () => bench.log.slice(linesBefore);
  await server.kill9();
  // Each has lost Kafka and tried again. Kafka is back before the first reminder.
  await untilTrue(() => made >= 9);
  await server.restart();
  await untilTrue(() => logged().some((line) => line.startsWith('Consuming from Kafka works again')));
  expect(logged().filter((line) => !line.includes('consumes'))).toEqual([
    expect.stringMatching(/^\S+ on \S+ cannot consume from Kafka; retrying: /),
    expect.stringMatching(/^Consuming from Kafka works again after \d+ s\.$/),
  ]);
});

test('a broker that never answers is reported, and a stop still ends in time', async () => {
  const nobody = new Kafka({ brokers: [`127.0.0.1:${await freePort()}`], logLevel: logLevel.NOTHING });
  const started = bench.start(() => undefined, {}, nobody);
  await untilTrue(() => bench.log.some((line) => line.includes('ECONNREFUSED')));
  const began = performance.now();
  await Promise.all([bench.stopAll(), started]);
  expect(performance.now() - began).toBeLessThan(9_000);
});
