import { setTimeout as delay } from 'node:timers/promises';
import type {
  ICustomPartitioner,
  IHeaders,
  Kafka,
  Producer as KafkaJsProducer,
  RecordMetadata,
} from 'kafkajs';
import { UnavailableError } from '../errors.ts';
import { withDeadline } from '../withDeadline.ts';

export interface OutgoingRecord {
  /** Chosen by the sender, so that it knows which place in the log is whose. */
  partition: number;
  key: Buffer | null;
  value: Buffer | null;
  headers?: IHeaders;
}

/** Where a record came to stand in its partition's log; `appendTime` in milliseconds since 1970. */
export interface Place {
  partition: number;
  offset: number;
  appendTime: number;
}

export interface Producer {
  /** Appends records, acknowledged by all in-sync replicas, and tells the place of each, in their order.
   * @param topic without the prefix that it has on the cluster
   * @param deadline milliseconds since 1970; no try begins after it, even if the process slept meanwhile.
   * @throws {UnavailableError} by the deadline at the latest. The records may have landed all the same. */
  produce(topic: string, records: OutgoingRecord[], deadline?: number): Promise<Place[]>;
  disconnect(): Promise<void>;
}

/** As long as a client waits for its answer. A leader election fits in. */
export const PRODUCE_PATIENCE_MS = 5_000;
// A broker that restarts refuses connections at once: no need to ask it more often than this.
const PAUSE_BETWEEN_TRIES_MS = 200;

// A frozen Lambda thaws in the middle of a try hours later. KafkaJS asks for the partition just before it
// sends, which is the last moment to give up what the voter was long told to be refused.
const explicitPartition: ICustomPartitioner = () => (args) => {
  const { message } = args;
  const deadline = 'deadline' in message ? Number(message.deadline) : 0;
  if (Date.now() > deadline) throw new UnavailableError('The time to send this record is over.');
  return message.partition ?? 0;
};

function placesOf(records: OutgoingRecord[], answers: RecordMetadata[], sentAt: number): Place[] {
  const next = new Map(answers.map((answer) => [answer.partition, Number(answer.baseOffset)]));
  const times = new Map(answers.map((answer) => [answer.partition, Number(answer.logAppendTime)]));
  return records.map(({ partition }) => {
    const offset = next.get(partition);
    // KafkaJS drops what goes to a partition that does not exist, without a word.
    if (offset === undefined)
      throw new UnavailableError(`Kafka has no partition ${partition} of this topic.`);
    next.set(partition, offset + 1);
    const appended = times.get(partition) ?? -1;
    // A topic that keeps the sender's time answers -1, and its consumers read what was sent.
    return { partition, offset, appendTime: appended < 0 ? sentAt : appended };
  });
}

// Its batch may already be in the log, and the time for another try is nearly over.
function isTimeout(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return error.name === 'KafkaJSRequestTimeoutError' || isTimeout(error.cause);
}

/** A producer that connects when first used. After a fault it starts anew with a fresh connection, because
 * KafkaJS does not find back from every state that a dying broker leaves it in.
 * @param prefix of the topics' names on the cluster */
export function createProducer(client: Kafka, prefix: string): Producer {
  let current: Promise<KafkaJsProducer> | undefined;

  async function connect(): Promise<KafkaJsProducer> {
    const producer = client.producer({ createPartitioner: explicitPartition, allowAutoTopicCreation: false });
    await producer.connect();
    return producer;
  }

  function discard(failed: Promise<KafkaJsProducer>): void {
    if (current === failed) current = undefined;
    // Waits for what others still have in flight.
    failed.then((producer) => producer.disconnect()).catch(() => {});
  }

  async function tryOnce(topic: string, records: OutgoingRecord[], deadline: number): Promise<Place[]> {
    current ??= connect();
    const using = current;
    const sentAt = Date.now();
    const messages = records.map((record) => ({ ...record, timestamp: String(sentAt), deadline }));
    try {
      const sending = using.then((producer) => producer.send({ topic: prefix + topic, messages, acks: -1 }));
      return placesOf(records, await withDeadline(sending, deadline, 'Kafka'), sentAt);
    } catch (error) {
      discard(using);
      throw error;
    }
  }

  return {
    async produce(topic, records, deadline = Date.now() + PRODUCE_PATIENCE_MS) {
      for (;;) {
        try {
          return await tryOnce(topic, records, deadline);
        } catch (cause) {
          const isLast = isTimeout(cause) || Date.now() + PAUSE_BETWEEN_TRIES_MS >= deadline;
          if (isLast) throw new UnavailableError('Kafka is away.', { cause });
          await delay(PAUSE_BETWEEN_TRIES_MS);
        }
      }
    },
    async disconnect() {
      const open = current;
      current = undefined;
      await (await open?.catch(() => undefined))?.disconnect();
    },
  };
}
