import type { Kafka } from 'kafkajs';
import type { UnreadableRun } from '../../kafka/patches/readBatches.ts';
import { attempt } from './attempt.ts';
import { FailureDestination } from './failureDestination.ts';
import { FaultLog } from './faultLog.ts';
import { GroupMember, type LaneHost } from './groupMember.ts';
import type { Invoke, Log, Mapping } from './mapping.ts';
import {
  buildEvent,
  type EventOrigin,
  type FetchedMessage,
  measureEnvelope,
  recordMeasure,
} from './mskEvent.ts';
import { type LanePorts, PartitionLane } from './partitionLane.ts';
import { isCoordinatorStarting, reasonOf } from './reason.ts';
import { pinStartingPosition } from './startingPosition.ts';
import { readResponse, type Verdict } from './verdict.ts';
import { Wake, within } from './wake.ts';
import type { Condition } from './workThroughBatch.ts';

export interface EventSourceOptions {
  readonly mapping: Mapping;
  readonly invoke: Invoke;
  readonly kafka: Kafka;
  /** As the event names them: host:port, host:port. */
  readonly bootstrapServers: string;
  readonly log: Log;
}

/** Lambda's limit for the payload of one invocation. */
const MAXIMUM_PAYLOAD_BYTES = 6 * 1024 * 1024;
const RECONNECT_AFTER_MS = 300;
// A fresh broker sets its first coordinator up within these; it is worth no word, and no long wait.
const COORDINATOR_RETRY_MS = 200;
const COORDINATOR_TRIES = 25;
/** How long a stop waits for invocations in flight; serverless-offline gives its servers as much. */
const STOP_GRACE_MS = 5_000;

/** An event source mapping at work: reads the topic with a consumer group and invokes the function. */
export class EventSource {
  /** Resolves at the first join of the group, or at a stop before it. */
  readonly ready: Promise<void>;
  readonly #options: EventSourceOptions;
  readonly #destination: FailureDestination | null;
  readonly #faults: FaultLog;
  readonly #settling = new Map<number, Promise<void>>();
  readonly #pause = new Wake();
  readonly #ended: Promise<void>;
  #member: GroupMember | null = null;
  #stopping = false;
  #isReady: () => void = () => undefined;

  constructor(options: EventSourceOptions) {
    this.#options = options;
    this.#faults = new FaultLog((message) => options.log.warn(message));
    const { onFailureTopic } = options.mapping;
    this.#destination =
      onFailureTopic === null ? null : new FailureDestination(options.kafka, onFailureTopic);
    this.ready = new Promise((resolve) => {
      this.#isReady = resolve;
    });
    this.#ended = this.#keepConsuming();
  }

  /** What is in flight ends, or is abandoned after five seconds; then the group is left. */
  async stop(): Promise<void> {
    this.#stopping = true;
    this.#isReady();
    this.#pause.wake();
    await this.#member?.leave(STOP_GRACE_MS);
    await within(STOP_GRACE_MS, this.#ended);
    await this.#destination?.close().catch(() => undefined);
  }

  async #keepConsuming(): Promise<void> {
    for (let tries = 1; !this.#stopping; tries++) {
      const trouble = await this.#consume();
      if (this.#stopping) return;
      const isEarly = tries <= COORDINATOR_TRIES && isCoordinatorStarting(trouble);
      if (!isEarly) {
        this.#options.log.warn(`${this.#name()} lost Kafka and keeps trying: ${reasonOf(trouble)}`);
      }
      await this.#pause.sleep(isEarly ? COORDINATOR_RETRY_MS : RECONNECT_AFTER_MS);
    }
  }

  /**
   * Consumes until a stop or a crash, which it returns. The next try is a new consumer, the surer way back:
   * KafkaJS's own restart keeps the state that it crashed with.
   */
  async #consume(): Promise<unknown> {
    const { kafka, mapping } = this.#options;
    const member = new GroupMember(
      {
        kafka,
        mapping,
        makeLane: this.#makeLane,
        onJoin: (list) => this.#joined(list),
        onUnreadable: (partition, run) => this.#passOver(partition, run),
      },
      this.#settling,
    );
    this.#member = member;
    try {
      await pinStartingPosition(kafka, mapping.groupId, mapping.topic, mapping.startingPosition);
      if (!this.#stopping) await member.run();
      return null;
    } catch (error) {
      if (!this.#stopping) await member.abandon();
      return error;
    }
  }

  #joined(partitions: readonly number[]): void {
    const { log, mapping } = this.#options;
    log.info(`${this.#name()} has ${partitions.length} partitions in group ${mapping.groupId}`);
    this.#isReady();
  }

  /** Nothing is known of these records but their place, so there is nothing for a destination to keep. */
  #passOver(partition: number, { firstOffset, lastOffset, reason }: UnreadableRun): void {
    const { topic } = this.#options.mapping;
    this.#options.log.warn(
      `${topic}-${partition} offsets ${firstOffset} to ${lastOffset} cannot be read and are passed over: ${reason}`,
    );
  }

  #name(): string {
    return `${this.#options.mapping.functionKey} on ${this.#options.mapping.topic}`;
  }

  #makeLane = (partition: number, host: LaneHost, previous: Promise<void>): PartitionLane => {
    const { mapping, bootstrapServers } = this.#options;
    const { topic, eventSourceArn } = mapping;
    const origin: EventOrigin = { eventSourceArn, bootstrapServers, topic, partition };
    const ports: LanePorts = {
      limits: {
        batchSize: mapping.batchSize,
        windowMs: mapping.batchingWindowMs,
        maxBytes: MAXIMUM_PAYLOAD_BYTES - measureEnvelope(origin),
      },
      policy: mapping,
      filter: mapping.filter,
      sizeOf: recordMeasure(topic, partition),
      attempt: (messages) => this.#attempt(origin, messages),
      discard: (messages, condition, attempts) => this.#discard(origin, messages, condition, attempts),
      done: (lane, offset) => host.done(lane, offset),
      wantsMore: (wants) => host.wantsMore(partition, wants),
    };
    return new PartitionLane(partition, ports, previous);
  };

  async #attempt(origin: EventOrigin, messages: readonly FetchedMessage[]): Promise<Verdict> {
    const { mapping, invoke } = this.#options;
    const result = await attempt(invoke, mapping, buildEvent(origin, messages));
    const verdict = readResult(result, origin, messages, mapping);
    if (verdict.kind !== 'succeeded') {
      this.#faults.fail(`${mapping.functionKey} failed on ${place(origin, messages)}`, verdict.reason);
    }
    return verdict;
  }

  async #discard(
    origin: EventOrigin,
    messages: readonly FetchedMessage[],
    condition: Condition,
    attempts: number,
  ): Promise<void> {
    const { mapping, log } = this.#options;
    const { functionArn, onFailureTopic } = mapping;
    const where = `${place(origin, messages)}: ${condition}`;
    try {
      await this.#destination?.send(messages, { condition, attempts, functionArn, origin });
    } catch (error) {
      log.warn(`${onFailureTopic} does not take what is given up of ${where}: ${reasonOf(error)}`);
      throw error;
    }
    log.warn(
      `${mapping.functionKey} gave up ${where}${onFailureTopic === null ? '' : `, kept in ${onFailureTopic}`}`,
    );
  }
}

function readResult(
  result: Awaited<ReturnType<typeof attempt>>,
  origin: EventOrigin,
  messages: readonly FetchedMessage[],
  mapping: Mapping,
): Verdict {
  if (result.kind === 'failed') return result;
  if (!mapping.reportBatchItemFailures) return { kind: 'succeeded' };
  return readResponse(result.response, `${origin.topic}-${origin.partition}`, messages);
}

function place({ topic, partition }: EventOrigin, messages: readonly FetchedMessage[]): string {
  return `${topic}-${partition} offsets ${messages[0]?.offset} to ${messages.at(-1)?.offset}`;
}
