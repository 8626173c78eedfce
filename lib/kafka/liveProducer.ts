import type { ICustomPartitioner, Kafka, Producer, RecordMetadata } from 'kafkajs';
import { UnavailableError } from '../errors.ts';
import { connectAny } from './client.ts';
import { MovedError } from './sendOnce.ts';

/** What KafkaJS is given to send; all of one call go to the broker `leader`. */
export interface LedMessage {
  partition: number;
  /** Node id of the partition's leader, as `leaders` told it. */
  leader: number;
  /** Milliseconds until it is to be given up. */
  leftMs(): number;
  key: Buffer | null;
  value: Buffer | null;
  timestamp: string;
}

/** A KafkaJS producer that is connected when first used and is replaced after a fault. */
export interface LiveProducer {
  /** Node id of the leader of each partition, by partition; asks for them if they are not known. */
  leaders(topic: string): Promise<readonly number[]>;
  /** The same, if they are known. */
  knownLeaders(topic: string): readonly number[] | undefined;
  send(topic: string, messages: LedMessage[]): Promise<RecordMetadata[]>;
  /** Connects another producer and puts it in the place of the present one, which sends until then.
   * @param topic whose leaders are no longer to be believed */
  renew(topic: string): void;
  disconnect(): Promise<void>;
}

// Partitions that are added are used within this time; a refresh costs one send in it some 2 ms.
const METADATA_MAX_AGE_MS = 15_000;

/** Tells the metadata and sends nothing. */
class ProbeEnd extends Error {}

/** @param prefix of the topics' names on the cluster; the names here are without it */
export function createLiveProducer(client: Kafka, prefix: string): LiveProducer {
  const leaders = new Map<string, readonly number[]>();
  // Still believed by whoever only sorts by leader, so that votes of healthy brokers keep a way of their own.
  const doubted = new Set<string>();
  let current: Producer | undefined;
  let renewing: Promise<Producer> | undefined;

  // KafkaJS asks for the partition just before it sends, with the metadata by which it will send.
  const createPartitioner: ICustomPartitioner = () => (args) => {
    const { partitionMetadata } = args;
    const topic = args.topic.slice(prefix.length);
    const message = args.message as unknown as LedMessage | { probe: true };
    const found: number[] = [];
    for (const { partitionId, leader } of partitionMetadata) found[partitionId] = leader;
    leaders.set(topic, found);
    doubted.delete(topic);
    if ('probe' in message) throw new ProbeEnd();
    // A frozen Lambda thaws in the middle of a try hours later. This is the last moment to give up what the voter
    // was long told to be refused.
    if (message.leftMs() < 0) throw new UnavailableError('The time to send this record is over.');
    if (found[message.partition] !== message.leader)
      throw new MovedError('The partition has another leader.');
    return message.partition;
  };

  const make = () =>
    client.producer({
      createPartitioner,
      allowAutoTopicCreation: false,
      metadataMaxAge: METADATA_MAX_AGE_MS,
    });

  function connectNew(): Promise<Producer> {
    renewing ??= connectAny(make)
      .then((fresh) => {
        // Waits for what others still have in flight.
        current?.disconnect().catch(() => undefined);
        current = fresh;
        return fresh;
      })
      .finally(() => {
        renewing = undefined;
      });
    return renewing;
  }

  const get = async () => current ?? connectNew();

  return {
    knownLeaders: (topic) => leaders.get(topic),
    async leaders(topic) {
      const known = leaders.get(topic);
      if (known && !doubted.has(topic)) return known;
      const producer = await get();
      const probe = { value: '', probe: true };
      await producer.send({ topic: prefix + topic, messages: [probe] }).catch((error) => {
        if (!(error instanceof ProbeEnd)) throw error;
      });
      return leaders.get(topic) ?? [];
    },
    async send(topic, messages) {
      const producer = await get();
      return producer.send({ topic: prefix + topic, messages, acks: -1 });
    },
    renew(topic) {
      doubted.add(topic);
      connectNew().catch(() => undefined);
    },
    async disconnect() {
      await renewing?.catch(() => undefined);
      const open = current;
      current = undefined;
      await open?.disconnect();
    },
  };
}
