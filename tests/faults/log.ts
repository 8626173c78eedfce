import { randomUUID } from 'node:crypto';
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import kafkajs, { type EachMessagePayload, type Kafka, type Message } from 'kafkajs';
import { until } from '../../lib/concurrency/deadline.ts';
import { patchConsumers } from '../../lib/kafka/patches/patchConsumers.ts';
import { unreadableRun } from '../../lib/kafka/patches/patchReading.ts';

export type LoggedRecord = Pick<EachMessagePayload, 'partition' | 'message'>;

const READ_WITHIN_MS = 120_000;

/** Reads all present records of a topic, in the order of each partition. */
export async function readTopic(kafka: Kafka, topic: string): Promise<LoggedRecord[]> {
  // The log also contains records of hostile producers.
  patchConsumers();
  const ends = await endsOf(kafka, topic);
  const missing = new Set([...ends].filter(([, end]) => end > 0n).map(([partition]) => partition));
  const consumer = kafka.consumer({ groupId: `faults-${randomUUID()}`, retry: { retries: 5 } });
  const records: LoggedRecord[] = [];
  const isRead = () => {
    if (missing.size > 0) throw new Error(`Partitions ${[...missing]} of ${topic} are not yet read.`);
  };
  try {
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      eachMessage: async ({ partition, message }) => {
        const end = ends.get(partition) ?? 0n;
        const unreadable = unreadableRun(message);
        if (!unreadable && BigInt(message.offset) < end) records.push({ partition, message });
        if (BigInt(unreadable?.lastOffset ?? message.offset) + 1n >= end) missing.delete(partition);
      },
    });
    await until(async () => isRead(), READ_WITHIN_MS);
  } finally {
    await consumer.disconnect();
  }
  return records;
}

// KafkaJS has the number of the codec, and not the codec.
kafkajs.CompressionCodecs[kafkajs.CompressionTypes.ZSTD] = () => ({
  compress: async ({ buffer }: { buffer: Buffer }) => zstdCompressSync(buffer),
  decompress: async (bytes: Buffer) => zstdDecompressSync(bytes),
});

/** Appends records to the partitions that they name. */
export async function appendTo(
  kafka: Kafka,
  topic: string,
  messages: Message[],
  compression = kafkajs.CompressionTypes.None,
): Promise<void> {
  const producer = kafka.producer({ retry: { retries: 5 } });
  await producer.connect();
  try {
    await producer.send({ topic, messages, acks: -1, compression });
  } finally {
    await producer.disconnect();
  }
}

async function endsOf(kafka: Kafka, topic: string): Promise<Map<number, bigint>> {
  const admin = kafka.admin();
  await admin.connect();
  try {
    const offsets = await admin.fetchTopicOffsets(topic);
    return new Map(offsets.map(({ partition, high }) => [partition, BigInt(high)]));
  } finally {
    await admin.disconnect();
  }
}
