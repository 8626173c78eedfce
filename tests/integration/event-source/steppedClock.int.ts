import { afterEach, expect, jest, test } from '@jest/globals';
import { until } from '../../../lib/concurrency/deadline.ts';
import { kafkaFor } from '../../../lib/offline/event-source/kafkaFor.ts';
import { type Bench, openBench } from './harness.ts';

const STEP_MS = 60_000;

let bench: Bench;
afterEach(async () => {
  jest.restoreAllMocks();
  await bench.close();
});

/** Sets the wall clock that much off. */
function setClock(ms: number): void {
  jest.restoreAllMocks();
  const { now } = Date;
  jest.spyOn(Date, 'now').mockImplementation(() => now() + ms);
}

/** What an event source's consumers do, by the monotonic clock. */
function watchConsumers(brokers: string[]) {
  const kafka = kafkaFor(brokers);
  const heartbeats: number[] = [];
  const make = kafka.consumer.bind(kafka);
  kafka.consumer = (config) => {
    const consumer = make(config);
    consumer.on(consumer.events.HEARTBEAT, () => void heartbeats.push(performance.now()));
    return consumer;
  };
  return { kafka, heartbeats };
}

test('a clock set back by a minute delays neither records nor heartbeats', async () => {
  bench = await openBench();
  const { kafka, heartbeats } = watchConsumers((process.env['TEST_KAFKA_BROKERS'] ?? '').split(','));
  const handled: string[] = [];
  await bench.start(
    (records) => {
      handled.push(...records.map(({ value }) => Buffer.from(value ?? '', 'base64').toString()));
    },
    {},
    kafka,
  );
  await bench.produce({ value: 'before' });
  await until(async () => expect(handled).toEqual(['before']), 10_000);
  setClock(-STEP_MS);
  const steppedAt = performance.now();
  // Two batches after the one that was under way: a lane pauses between any two.
  for (const value of ['one', 'two', 'three']) {
    await bench.produce({ value });
    await until(async () => expect(handled).toContain(value), 3_000);
  }
  await until(async () => expect(heartbeats.filter((at) => at > steppedAt).length).toBeGreaterThan(1), 5_000);
  expect(handled).toEqual(['before', 'one', 'two', 'three']);
});

test('a clock repeatedly set forward by a minute times out no request', async () => {
  bench = await openBench();
  const timeouts: string[] = [];
  const { kafka } = watchConsumers((process.env['TEST_KAFKA_BROKERS'] ?? '').split(','));
  const make = kafka.consumer;
  kafka.consumer = (config) => {
    const consumer = make(config);
    consumer.on(consumer.events.REQUEST_TIMEOUT, ({ payload }) => void timeouts.push(payload.apiName));
    return consumer;
  };
  const handled: string[] = [];
  await bench.start((records) => void handled.push(...records.map(({ offset }) => `${offset}`)), {}, kafka);
  // Often, since a request has to be under way both then and at the next check of its time.
  for (let sent = 1; sent <= 20; sent += 1) {
    setClock(sent * STEP_MS);
    await bench.produce({ value: 'v' });
    await until(async () => expect(handled).toHaveLength(sent), 5_000);
  }
  expect(timeouts).toEqual([]);
});
