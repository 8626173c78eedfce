import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { type EachMessagePayload, Kafka, logLevel } from 'kafkajs';
import { deadlineIn } from '../../lib/clock.ts';
import { createMicroBatcher } from '../../lib/concurrency/microBatcher.ts';
import { kafkaConfig } from '../../lib/config.ts';
import { UnavailableError, UnsendableError } from '../../lib/errors.ts';
import { kafkaClient } from '../../lib/kafka/client.ts';
import {
  createProducer,
  type OutgoingRecord,
  type Producer,
  type RecordPosition,
} from '../../lib/kafka/producer.ts';
import { makeTopics } from '../support/kafka/makeTopics.ts';
import { startKafka, type TestKafka } from '../support/servers/servers.ts';

const PARTITIONS = 4;
const BATCH = { timeoutMs: 5_000, maxBatch: 100, maxWaiting: 10_000 };
const HOUR_MS = 3_600_000;
// The bound that a voter waits, and some room for a machine that is busy.
const ANSWERS_WITHIN_MS = 6_000;

let kafka: TestKafka;
let producer: Producer;
let topic: string;
let topicsMade = 0;

const client = () => kafkaClient(kafkaConfig({ KAFKA_BROKERS: kafka.brokers.join(',') }));

/** Unlike the producer's, it tries until leaders are elected and the group's coordinator is there. */
const patient = () => new Kafka({ brokers: kafka.brokers, logLevel: logLevel.NOTHING });

async function makeTopic(timestampType: 'LogAppendTime' | 'CreateTime'): Promise<string> {
  const name = `test.${topicsMade++}`;
  const admin = patient().admin();
  await admin.connect();
  const configEntries = [{ name: 'message.timestamp.type', value: timestampType }];
  await makeTopics(admin, [{ topic: name, numPartitions: PARTITIONS, configEntries }]);
  await admin.disconnect();
  return name;
}

const record = (id: number) => ({
  partition: (id * 7) % PARTITIONS,
  key: Buffer.from(`key ${id}`),
  value: Buffer.from(`${id}`),
});

/** Where a consumer finds each record, by its value. */
async function consume(from: string, count: number): Promise<Map<string, RecordPosition[]>> {
  const found = new Map<string, RecordPosition[]>();
  const consumer = patient().consumer({ groupId: `test-${topicsMade}-${Math.random()}` });
  await consumer.connect();
  await consumer.subscribe({ topic: from, fromBeginning: true });
  let seen = 0;
  await new Promise<void>((resolve, reject) => {
    const eachMessage = async ({ partition, message }: EachMessagePayload) => {
      const value = message.value?.toString() ?? '';
      const place = { partition, offset: Number(message.offset), appendTime: Number(message.timestamp) };
      found.set(value, [...(found.get(value) ?? []), place]);
      if (++seen === count) resolve();
    };
    consumer.run({ eachMessage }).catch(reject);
  });
  await consumer.disconnect();
  return found;
}

beforeAll(async () => {
  kafka = await startKafka();
});
afterAll(() => kafka.stop());

beforeEach(async () => {
  topic = await makeTopic('LogAppendTime');
  producer = createProducer(client(), '');
});
afterEach(() => producer.disconnect());

async function timeToFail(work: Promise<unknown>): Promise<number> {
  const began = Date.now();
  await expect(work).rejects.toThrow(UnavailableError);
  return Date.now() - began;
}

describe('a producer', () => {
  test('returns for each record of a batch the position where a consumer finds it', async () => {
    const records = Array.from({ length: 500 }, (_, id) => record(id));
    const places = await producer.produce(topic, records);
    const found = await consume(topic, records.length);
    for (const [id, place] of places.entries()) expect(found.get(`${id}`)).toEqual([place]);
  });

  test('returns the time that consumers read, also if the topic has the sender’s time', async () => {
    const kept = await makeTopic('CreateTime');
    const [place] = await producer.produce(kept, [record(0)]);
    expect((await consume(kept, 1)).get('0')).toEqual([place]);
  });

  test('gives concurrent callers of a micro-batcher their own positions', async () => {
    const append = createMicroBatcher<OutgoingRecord, RecordPosition>(
      (records, deadline) => producer.produce(topic, records, deadline),
      BATCH,
    );
    const places = await Promise.all(Array.from({ length: 1_000 }, (_, id) => append(record(id))));
    const found = await consume(topic, places.length);
    for (const [id, place] of places.entries()) expect(found.get(`${id}`)).toEqual([place]);
  });

  test('fails on a missing partition instead of losing the record', async () => {
    const lost = { ...record(0), partition: PARTITIONS };
    await expect(producer.produce(topic, [lost])).rejects.toThrow(UnsendableError);
  });

  test('sends nothing after its deadline', async () => {
    await producer.produce(topic, [record(1)]);
    await expect(producer.produce(topic, [record(2)], deadlineIn(-1))).rejects.toThrow(UnavailableError);
    await producer.produce(topic, [record(3)]);
    expect([...(await consume(topic, 2)).keys()].sort()).toEqual(['1', '3']);
  });

  test('sends nothing that a frozen process held back, and is not delayed by a clock set forward', async () => {
    await producer.produce(topic, [record(1)]);
    const { now } = Date;
    const clock = jest.spyOn(Date, 'now').mockImplementation(now);
    const frozen = producer.produce(topic, [record(2)], deadlineIn(60_000));
    clock.mockImplementation(() => now() + HOUR_MS);
    try {
      expect(await timeToFail(frozen)).toBeLessThan(ANSWERS_WITHIN_MS);
      await producer.produce(topic, [record(3)]);
    } finally {
      clock.mockRestore();
    }
    expect([...(await consume(topic, 2)).keys()].sort()).toEqual(['1', '3']);
  });

  test('gives up on a broker that hangs within the limit, and recovers after it continues', async () => {
    await producer.produce(topic, [record(0)]);
    process.kill(kafka.pid, 'SIGSTOP');
    try {
      expect(await timeToFail(producer.produce(topic, [record(1)]))).toBeLessThan(ANSWERS_WITHIN_MS);
      expect(await timeToFail(producer.produce(topic, [record(2)]))).toBeLessThan(ANSWERS_WITHIN_MS);
    } finally {
      process.kill(kafka.pid, 'SIGCONT');
    }
    expect(await producer.produce(topic, [record(3)])).toHaveLength(1);
  });

  test('gives up on a broker that is gone within the limit, and recovers after it restarts', async () => {
    await producer.produce(topic, [record(0)]);
    await kafka.kill9();
    expect(await timeToFail(producer.produce(topic, [record(1)]))).toBeLessThan(ANSWERS_WITHIN_MS);
    await kafka.restart();
    expect(await producer.produce(topic, [record(2)])).toHaveLength(1);
  });

  test('survives a restart within its deadline', async () => {
    await producer.produce(topic, [record(0)]);
    await kafka.kill9();
    const restarted = kafka.restart();
    const send = () => producer.produce(topic, [record(1)], deadlineIn(60_000));
    expect(await send()).toHaveLength(1);
    await restarted;
  });
});
