import type {
  Admin,
  Consumer,
  ConsumerCrashEvent,
  ConsumerEndBatchProcessEvent,
  EachBatchPayload,
  Kafka,
  KafkaMessage,
} from 'kafkajs';
import { until } from '../concurrency/deadline.ts';
import { pagesOf } from '../concurrency/pages.ts';
import { log } from '../log.ts';
import { connectAny } from './client.ts';
import { isCoordinatorStarting } from './coordinator.ts';
import { patchConsumers } from './patches/patchConsumers.ts';
import { unreadableRun } from './patches/patchReading.ts';

patchConsumers();

/** A broker that just started has no coordinator for a second or two, and no groups until it has loaded them. KafkaJS
 * gives up at once. */
const COORDINATOR_LIMIT_MS = 30_000;
const COORDINATOR_PAUSE_MS = 250;

const RETRY = { retries: 8, restartOnFailure: async () => false };

/** A batch size that counts efficiently; sent back to Kafka, it is a quarter of a broker's request limit. */
const PAGE = 2_000;

export interface LogToRead {
  /** Its name on the cluster. */
  topic: string;
  /** A group of its own: KafkaJS reads in groups only, and two readers in one would split the records. */
  groupId: string;
  /** The append time of each partition's first records, in milliseconds since 1970. A partition that is missing
   * here is read from its oldest record; without this map, all are. */
  since?: ReadonlyMap<number, number>;
}

/** Handles at most `PAGE` records of one partition, in the order of the log, before the next are read.
 * @param of the total number of records */
export type TakeRecords = (partition: number, messages: KafkaMessage[], of: number) => Promise<void>;

/** The offsets of the first record that has not been taken, and after the last one. */
interface Range {
  start: number;
  end: number;
}

/** What a topic has at this moment. */
export interface LogRead {
  /** With `since`: partitions that are read from their oldest record, and once had older ones. */
  cutPartitions: number[];
}

/**
 * Reads the current content of a topic and commits no offsets. Skips records that cannot be read.
 *
 * @throws KafkaJSError when the brokers do not answer or the topic is missing; what `take` throws
 */
export async function readLog(client: Kafka, wanted: LogToRead, take: TakeRecords): Promise<LogRead> {
  const { topic, groupId } = wanted;
  const { ranges, cutPartitions } = await findRanges(client, wanted);
  if (ranges.size === 0) return { cutPartitions };
  const total = [...ranges.values()].reduce((sum, { start, end }) => sum + end - start, 0);
  const read = async () => {
    const consumer = await connectAny(() => client.consumer({ groupId, retry: RETRY }));
    try {
      await consumer.subscribe({ topic, fromBeginning: true });
      await consume(consumer, topic, ranges, (partition, messages) => take(partition, messages, total));
    } finally {
      await consumer.disconnect();
    }
  };
  const isPermanent = (error: unknown) => !isCoordinatorStarting(error);
  await until(read, COORDINATOR_LIMIT_MS, isPermanent, COORDINATOR_PAUSE_MS);
  return { cutPartitions };
}

async function findRanges(client: Kafka, { topic, since }: LogToRead) {
  const admin = await connectAny(() => client.admin());
  try {
    const startOf = await findStarts(admin, topic, since);
    // Read last: a partition's end is never before its start.
    const offsets = await admin.fetchTopicOffsets(topic);
    const ranges = new Map<number, Range>();
    const cutPartitions: number[] = [];
    for (const { partition, low, high } of offsets) {
      const start = Math.max(Number(low), startOf.get(partition) ?? 0);
      if (start < Number(high)) ranges.set(partition, { start, end: Number(high) });
      if (since !== undefined && Number(low) > 0 && start === Number(low)) cutPartitions.push(partition);
    }
    return { ranges, cutPartitions };
  } finally {
    await admin.disconnect();
  }
}

/** Asks Kafka once for each time, because KafkaJS asks for the same time in all partitions.
 * @returns offsets by partition */
async function findStarts(admin: Admin, topic: string, since: ReadonlyMap<number, number> = new Map()) {
  const startOf = new Map<number, number>();
  for (const time of new Set(since.values())) {
    for (const { partition, offset } of await admin.fetchTopicOffsetsByTimestamp(topic, time))
      if (since.get(partition) === time) startOf.set(partition, Number(offset));
  }
  return startOf;
}

function isReadable(topic: string, message: KafkaMessage): boolean {
  const run = unreadableRun(message);
  if (run) log.error('Unreadable records skipped.', { topic, ...run });
  return !run;
}

function consume(
  consumer: Consumer,
  topic: string,
  ranges: Map<number, Range>,
  take: (partition: number, messages: KafkaMessage[]) => Promise<void>,
): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const starts = [...ranges].map(([partition, { start }]) => ({ topic, partition, offset: `${start}` }));
  let hasFailed = false;
  const eachBatch = async ({ batch, heartbeat }: EachBatchPayload) => {
    const range = ranges.get(batch.partition) ?? { start: 0, end: 0 };
    const { start, end } = range;
    const isWanted = ({ offset }: KafkaMessage) => Number(offset) >= start && Number(offset) < end;
    const messages = batch.messages.filter((message) => isWanted(message) && isReadable(topic, message));
    if (hasFailed) return;
    for (const page of pagesOf(messages, PAGE)) {
      await take(batch.partition, page);
      range.start = Number(page.at(-1)?.offset) + 1;
      await heartbeat();
    }
  };
  // After every batch, also one of transaction markers and aborted records alone, which `eachBatch` never gets.
  const finish = ({ payload: { partition, lastOffset } }: ConsumerEndBatchProcessEvent) => {
    if (hasFailed) return;
    const range = ranges.get(partition);
    if (range && Number(lastOffset) >= range.end - 1) ranges.delete(partition);
    if (ranges.size === 0) resolve();
  };
  const fail = (error: unknown) => {
    hasFailed = true;
    reject(error);
  };
  consumer.on(consumer.events.END_BATCH_PROCESS, finish);
  consumer.on(consumer.events.CRASH, ({ payload }: ConsumerCrashEvent) => fail(payload.error));
  // Rethrown, the error would make KafkaJS repeat the batch.
  consumer.run({ autoCommit: false, eachBatch: (payload) => eachBatch(payload).catch(fail) }).catch(fail);
  // Records that KafkaJS reads before it has sought are skipped.
  for (const start of starts) consumer.seek(start);
  return promise;
}
