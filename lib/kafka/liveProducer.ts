import type { ICustomPartitioner, Kafka, Producer, RecordMetadata } from 'kafkajs';
import { UnavailableError } from '../errors.ts';
import { connectAny } from './client.ts';
import { MovedError } from './sendOnce.ts';

/** A message for KafkaJS; all messages of one call have the same leader. */
export interface LedMessage {
  partition: number;
  /** Node id of the partition's leader, from `leaders`. */
  leader: number;
  /** Milliseconds left until its deadline. */
  leftMs(): number;
  key: Buffer | null;
  value: Buffer | null;
  timestamp: string;
}

/** A KafkaJS producer that connects on first use and is replaced after a fault. */
export interface LiveProducer {
  /** Returns the node id of each partition's leader, by partition. Fetches unknown ones. */
  leaders(topic: string): Promise<readonly number[]>;
  /** Like `leaders`, but without a fetch; undefined if unknown. */
  knownLeaders(topic: string): readonly number[] | undefined;
  send(topic: string, messages: LedMessage[]): Promise<RecordMetadata[]>;
  /** Identifies the producer that sends now, by the number of producers that have connected so far. */
  generation(): number;
  /** Connects a new producer that then replaces the failed one, unless that has been replaced.
   * @param topic whose known leaders may be outdated
   * @param failed generation */
  renew(topic: string, failed: number): void;
  disconnect(): Promise<void>;
}

// Bounds the delay until added partitions are used; a refresh costs one send about 2 ms.
const METADATA_MAX_AGE_MS = 15_000;

/** Ends a probe, which reads the metadata without sending. */
class ProbeEnd extends Error {}

/** @param prefix of the topics' names on the cluster; the topics of the methods lack it */
export function createLiveProducer(client: Kafka, prefix: string): LiveProducer {
  const leaders = new Map<string, readonly number[]>();
  // `knownLeaders` still returns them, so votes for healthy brokers keep their own lanes.
  const doubted = new Set<string>();
  let current: Producer | undefined;
  let generation = 0;
  let renewing: Promise<Producer> | undefined;

  // KafkaJS calls the partitioner just before it sends, with the metadata that it sends by.
  const createPartitioner: ICustomPartitioner = () => (args) => {
    const { partitionMetadata } = args;
    const topic = args.topic.slice(prefix.length);
    const message = args.message as unknown as LedMessage | { probe: true };
    const found: number[] = [];
    for (const { partitionId, leader } of partitionMetadata) found[partitionId] = leader;
    leaders.set(topic, found);
    doubted.delete(topic);
    if ('probe' in message) throw new ProbeEnd();
    // A frozen Lambda may thaw hours later in the middle of a try. This is the last chance to drop a vote
    // that was already rejected.
    if (message.leftMs() < 0) throw new UnavailableError('The deadline of this record has passed.');
    if (found[message.partition] !== message.leader)
      throw new MovedError('The leader of the partition has changed.');
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
        // Not awaited: it waits for requests in flight.
        current?.disconnect().catch(() => undefined);
        current = fresh;
        generation += 1;
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
    generation: () => generation,
    renew(topic, failed) {
      doubted.add(topic);
      if (failed === generation) connectNew().catch(() => undefined);
    },
    async disconnect() {
      await renewing?.catch(() => undefined);
      const open = current;
      current = undefined;
      await open?.disconnect();
    },
  };
}
