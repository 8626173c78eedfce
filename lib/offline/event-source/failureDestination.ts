import { randomUUID } from 'node:crypto';
import { type Kafka, Partitioners, type Producer } from 'kafkajs';
import { buildEvent, type EventOrigin, type FetchedMessage } from './mskEvent.ts';
import type { Condition } from './workThroughBatch.ts';

export interface GivenUp {
  readonly condition: Condition;
  readonly attempts: number;
  readonly functionArn: string;
  readonly origin: EventOrigin;
}

/** Acks from all in-sync replicas, because the source offset is committed once this write succeeds. */
const ACKS_ALL = -1;

/** Sends failed records to a topic of the same cluster, one message for each record. */
export class FailureDestination {
  readonly #topic: string;
  readonly #producer: Producer;
  #connected: Promise<void> | null = null;

  constructor(kafka: Kafka, topic: string) {
    this.#topic = topic;
    this.#producer = kafka.producer({
      allowAutoTopicCreation: false,
      createPartitioner: Partitioners.DefaultPartitioner,
    });
  }

  /** Resolves once the broker has all of them. After a rejection, some may be missing. */
  async send(messages: readonly FetchedMessage[], givenUp: GivenUp): Promise<void> {
    this.#connected ??= this.#producer.connect();
    try {
      await this.#connected;
    } catch (error) {
      this.#connected = null;
      throw error;
    }
    await this.#producer.send({
      topic: this.#topic,
      acks: ACKS_ALL,
      messages: messages.map((message) => ({ key: message.key, value: failureRecord(message, givenUp) })),
    });
  }

  async close(): Promise<void> {
    if (this.#connected !== null) await this.#producer.disconnect();
  }
}

/**
 * Builds Lambda's failure record for a Kafka destination. It includes the whole source record.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/kafka-on-failure-destination.html
 */
function failureRecord(message: FetchedMessage, givenUp: GivenUp): string {
  const { condition, attempts, functionArn, origin } = givenUp;
  const payload = buildEvent(origin, [message]);
  return JSON.stringify({
    requestContext: {
      requestId: randomUUID(),
      functionArn: `${functionArn}:$LATEST`,
      condition,
      approximateInvokeCount: attempts,
    },
    responseContext:
      condition === 'RetriesExhausted'
        ? { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' }
        : null,
    version: '1.0',
    // biome-ignore lint/plugin/noWallClock: a time that is sent
    timestamp: new Date().toISOString(),
    KafkaBatchInfo: {
      batchSize: 1,
      eventSourceArn: origin.eventSourceArn,
      bootstrapServers: origin.bootstrapServers,
      payloadSize: Buffer.byteLength(JSON.stringify(payload)),
      recordInfo: {
        offset: message.offset,
        timestamp: new Date(Number(message.timestamp)).toISOString(),
      },
    },
    payload,
  });
}
