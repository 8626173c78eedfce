import type { Kafka } from 'kafkajs';
import { isCoordinatorStarting } from '../../kafka/coordinator.ts';
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
import type { OutageLog } from './outageLog.ts';
import { type LanePorts, PartitionLane } from './partitionLane.ts';
import { reasonOf } from './reason.ts';
import { pinStartingPosition } from './startingPosition.ts';
import { readResponse, type Verdict } from './verdict.ts';
import { Wake, within } from './wake.ts';
import type { Condition } from './workThroughBatch.ts';

export interface EventSourceOptions {
  readonly mapping: Mapping;
  readonly invoke: Invoke;
  readonly kafka: Kafka;
  /** As the event contains them: host:port,host:port. */
  readonly bootstrapServers: string;
  readonly log: Log;
  /** Shared by the event sources of a system. */
  readonly outages: OutageLog;
}

/** Lambda's limit for the payload of one invocation. */
const MAXIMUM_PAYLOAD_BYTES = 6 * 1024 * 1024;
const RECONNECT_AFTER_MS = 300;
// A new broker creates its first group coordinator within 5 s. Until then, retry fast and log nothing.
const COORDINATOR_RETRY_MS = 200;
const COORDINATOR_TRIES = 25;
/** How long a stop waits for invocations in flight; serverless-offline gives its own servers the same time. */
const STOP_GRACE_MS = 5_000;

/** Runs one event source mapping: consumes the topic in a consumer group and invokes the function. */
export class EventSource {
  /** Resolves when the consumer first joins the group, or when it is stopped before that. */
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

  /** Waits up to five seconds for invocations in flight, commits their results and leaves the group. */
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
        this.#options.outages.lost(this.#name(), reasonOf(trouble));
      }
      await this.#pause.sleep(isEarly ? COORDINATOR_RETRY_MS : RECONNECT_AFTER_MS);
    }
  }

  /**
   * Consumes until a stop or a crash. The next try uses a new consumer, because KafkaJS's own restart keeps the state
   * that it crashed with.
   *
   * @returns the error of a crash, null after a stop
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
    this.#options.outages.joined(this.#name());
    log.info(`${this.#name()} consumes ${partitions.length} partitions in group ${mapping.groupId}.`);
    this.#isReady();
  }

  /** Only the offsets of these records are known, so a destination would have nothing to keep. */
  #passOver(partition: number, { firstOffset, lastOffset, reason }: UnreadableRun): void {
    const { topic } = this.#options.mapping;
    // Each one, because only this line names the offsets of what is lost.
    this.#options.log.warn(
      `${topic}-${partition} offsets ${firstOffset} to ${lastOffset} are unreadable and were skipped: ${reason}`,
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
    const records = `${place(origin, messages)} (${condition})`;
    try {
      await this.#destination?.send(messages, { condition, attempts, functionArn, origin });
    } catch (error) {
      this.#faults.fail(`Could not send ${records} to ${onFailureTopic}; retrying`, reasonOf(error));
      throw error;
    }
    const end = onFailureTopic === null ? 'dropped' : `sent to ${onFailureTopic}`;
    log.warn(`Gave up on ${records} for ${mapping.functionKey}; they were ${end}.`);
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
