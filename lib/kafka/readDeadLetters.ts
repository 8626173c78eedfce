import { randomUUID } from 'node:crypto';
import type { Consumer, ConsumerCrashEvent, EachBatchPayload, Kafka, KafkaMessage } from 'kafkajs';
import type { KafkaConfig } from '../config.ts';
import { log } from '../log.ts';
import { connectAny } from './client.ts';
import { type DeadLetter, readDeadLetter } from './deadLetter.ts';
import { patchReading, unreadableRun } from './patches/patchReading.ts';
import { topicsOf } from './topics.ts';

patchReading();

// A broker that just started has no coordinator for a second or two.
const RETRY = { retries: 8, restartOnFailure: async () => false };

/** Handles one batch of letters, in the order of the log, before the next is read.
 * @param of the total number of letters */
export type TakeLetters = (letters: DeadLetter[], of: number) => Promise<void>;

/** By partition: its first offset, and the offset after its last. */
type Ends = Map<number, { low: number; high: number }>;

/**
 * Reads the current content of `votes.dlq` from its beginning and commits no offsets. KafkaJS reads in groups
 * only, so each call creates its own: concurrent calls in one group would split the letters.
 *
 * @throws KafkaJSError when the brokers do not answer or the topic is missing; what `take` throws
 */
export async function readDeadLetters(client: Kafka, config: KafkaConfig, take: TakeLetters): Promise<void> {
  const topic = topicsOf(config.topicPrefix).deadLetters;
  const ends = await findEnds(client, topic);
  if (ends.size === 0) return;
  const groupId = `${config.topicPrefix}${config.groupId}-redrive-${randomUUID()}`;
  const consumer = await connectAny(() => client.consumer({ groupId, retry: RETRY }));
  try {
    await consumer.subscribe({ topic, fromBeginning: true });
    await consume(consumer, ends, take);
  } finally {
    await consumer.disconnect();
  }
}

async function findEnds(client: Kafka, topic: string): Promise<Ends> {
  const admin = await connectAny(() => client.admin());
  try {
    const offsets = await admin.fetchTopicOffsets(topic);
    const ends = offsets.map(({ partition, low, high }) => {
      return [partition, { low: Number(low), high: Number(high) }] as const;
    });
    return new Map(ends.filter(([, { low, high }]) => low < high));
  } finally {
    await admin.disconnect();
  }
}

function isReadable(message: KafkaMessage): boolean {
  const run = unreadableRun(message);
  if (run) log.error('Unreadable records of votes.dlq skipped.', { ...run });
  return !run;
}

function consume(consumer: Consumer, ends: Ends, take: TakeLetters): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const total = [...ends.values()].reduce((sum, { low, high }) => sum + high - low, 0);
  let hasFailed = false;
  const eachBatch = async ({ batch }: EachBatchPayload) => {
    const end = ends.get(batch.partition)?.high ?? 0;
    const messages = batch.messages.filter((message) => isReadable(message) && Number(message.offset) < end);
    if (hasFailed || batch.messages.length === 0) return;
    if (messages.length > 0) await take(messages.map(readDeadLetter), total);
    if (Number(batch.lastOffset()) >= end - 1) ends.delete(batch.partition);
    if (ends.size === 0) resolve();
  };
  const fail = (error: unknown) => {
    hasFailed = true;
    reject(error);
  };
  consumer.on(consumer.events.CRASH, ({ payload }: ConsumerCrashEvent) => fail(payload.error));
  // Rethrown, the error would make KafkaJS repeat the batch.
  consumer.run({ autoCommit: false, eachBatch: (payload) => eachBatch(payload).catch(fail) }).catch(fail);
  return promise;
}
