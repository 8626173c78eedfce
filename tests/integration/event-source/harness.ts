import { randomUUID } from 'node:crypto';
import { type Admin, type IResourceConfigEntry, type Kafka, type Message, Partitioners } from 'kafkajs';
import { EventSource } from '../../../lib/offline/event-source/eventSource.ts';
import { kafkaFor } from '../../../lib/offline/event-source/kafkaFor.ts';
import type { Mapping } from '../../../lib/offline/event-source/mapping.ts';
import type { MskEvent, MskRecord } from '../../../lib/offline/event-source/mskEvent.ts';
import { OutageLog } from '../../../lib/offline/event-source/outageLog.ts';
import { mappingOf } from '../../support/kafka/eventSource.ts';
import { makeTopics } from '../../support/kafka/makeTopics.ts';
import { untilTrue } from '../../support/untilTrue.ts';

export type Handler = (records: MskRecord[], event: MskEvent, signal: AbortSignal) => unknown;

/** A topic of its own on a real broker, event sources on it, and what they log. */
export interface Bench {
  readonly admin: Admin;
  readonly topic: string;
  readonly group: string;
  readonly log: string[];
  produce(...messages: Message[]): Promise<void>;
  /** Starts an event source whose function is `handler`, and waits until it has joined or was stopped. */
  start(handler: Handler, mapping?: Partial<Mapping>, other?: Kafka): Promise<EventSource>;
  stopAll(): Promise<void>;
  /** The committed offset of each partition; -1 is none. */
  committed(): Promise<number[]>;
  members(): Promise<number>;
  /** Everything that another topic holds, once it holds this many. */
  readAll(topic: string, count: number): Promise<Message[]>;
  close(): Promise<void>;
}

export interface BenchOptions {
  readonly partitions?: number;
  readonly brokers?: readonly string[];
  readonly config?: Pick<IResourceConfigEntry, 'name' | 'value'>[];
}

export async function openBench({
  partitions = 1,
  config = [],
  ...options
}: BenchOptions = {}): Promise<Bench> {
  const brokers = [...(options.brokers ?? (process.env['TEST_KAFKA_BROKERS'] ?? '').split(','))];
  const kafka = kafkaFor(brokers);
  const topic = `topic-${randomUUID()}`;
  const group = `group-${topic}`;
  const admin = kafka.admin();
  const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner });
  await Promise.all([admin.connect(), producer.connect()]);
  const create = [topic, `${topic}.dead`].map((name) => ({
    topic: name,
    numPartitions: name === topic ? partitions : 1,
    configEntries: config,
  }));
  await makeTopics(admin, create);
  const sources: EventSource[] = [];
  const log: string[] = [];
  const outages = new OutageLog((line) => log.push(line));

  const start: Bench['start'] = async (handler, overrides = {}, other = kafka) => {
    const source = new EventSource({
      kafka: other,
      bootstrapServers: brokers.join(','),
      log: { info: (line) => log.push(line), warn: (line) => log.push(line) },
      outages,
      mapping: { ...mappingOf(topic, group), ...overrides },
      invoke: async (_key, event, signal) => handler(Object.values(event.records).flat(), event, signal),
    });
    sources.push(source);
    await source.ready;
    return source;
  };

  const stopAll = async () => void (await Promise.all(sources.map((source) => source.stop())));

  return {
    admin,
    topic,
    group,
    log,
    start,
    produce: async (...messages) => void (await producer.send({ topic, acks: -1, messages })),
    committed: async () => {
      const [offsets] = await persist(() => admin.fetchOffsets({ groupId: group, topics: [topic] }));
      const sorted = (offsets?.partitions ?? []).sort((a, b) => a.partition - b.partition);
      return sorted.map(({ offset }) => Number(offset));
    },
    members: async () => (await admin.describeGroups([group])).groups[0]?.members.length ?? 0,
    readAll: (name, count) => readAll(kafka, name, count),
    stopAll,
    close: async () => {
      await stopAll();
      await Promise.all([admin.disconnect(), producer.disconnect()]);
    },
  };
}

async function readAll(kafka: Kafka, topic: string, count: number): Promise<Message[]> {
  const consumer = kafka.consumer({ groupId: `reader-${randomUUID()}`, maxWaitTimeInMs: 50 });
  const found: Message[] = [];
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await consumer.run({ eachMessage: async ({ message }) => void found.push(message) });
  await untilTrue(() => found.length >= count);
  await consumer.disconnect();
  return found;
}

/** The coordinator of a broker's very first group takes a moment to be there. */
async function persist<T>(ask: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await ask();
    } catch (error) {
      if (tries === 50) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

export const text = (value: string | undefined) => Buffer.from(value ?? '', 'base64').toString();
export const values = (records: readonly MskRecord[]) => records.map(({ value }) => text(value));
export const numbered = (count: number, partition = 0): Message[] =>
  Array.from({ length: count }, (_, i) => ({ key: `k${i}`, value: `${i}`, partition }));
