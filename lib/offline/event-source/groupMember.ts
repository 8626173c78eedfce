import type { Consumer, ConsumerCrashEvent, ConsumerGroupJoinEvent, EachBatchPayload, Kafka } from 'kafkajs';
import { unreadableRun } from '../../kafka/patches/patchReading.ts';
import type { UnreadableRun } from '../../kafka/patches/readBatches.ts';
import { evictDeadMembers } from './evictDeadMembers.ts';
import type { Mapping } from './mapping.ts';
import { OffsetCommitter } from './offsetCommitter.ts';
import type { PartitionLane } from './partitionLane.ts';
import { within } from './wake.ts';

export interface MemberPorts {
  readonly kafka: Kafka;
  readonly mapping: Mapping;
  /** Creates the lane of a partition. `previous` settles when the invocation of its previous lane has ended. */
  makeLane(partition: number, member: LaneHost, previous: Promise<void>): PartitionLane;
  /** Called at each join with the assigned partitions. */
  onJoin(partitions: readonly number[]): void;
  /** Called for skipped records that no retry would make readable. */
  onUnreadable(partition: number, run: UnreadableRun): void;
}

export interface LaneHost {
  done(lane: PartitionLane, offset: number): void;
  wantsMore(partition: number, wants: boolean): void;
}

// A killed member delays the group, and the next start, by this time. An event loop that a debugger or a handler blocks
// for longer loses its partitions and gets them back later.
const SESSION_TIMEOUT_MS = 10_000;
const HEARTBEAT_INTERVAL_MS = 1_000;
// Members join again within their heartbeat. KafkaJS's default of a minute is also how long a join waits for a
// coordinator that hangs.
const REBALANCE_TIMEOUT_MS = 5_000;
// Commits, heartbeats and resumed partitions wait for the fetch in progress, so the fetch is short.
const FETCH_WAIT_MS = 100;
// Some thousands of small records. Larger fetches increase heap use on a backlog, but not throughput.
const FETCH_BYTES_PER_PARTITION = 262_144;
// These retries (2 s) cover the election of a new partition leader. KafkaJS looks for a new coordinator only when it
// joins, so when the retries are used up it gives up and a new consumer joins.
const RETRY = {
  retries: 8,
  initialRetryTime: 250,
  maxRetryTime: 250,
  multiplier: 1,
  restartOnFailure: async () => false,
};
const LAST_COMMIT_WITHIN_MS = 2_000;
const LEAVE_WITHIN_MS = 3_000;

/** Ids of this process's members, in all groups. */
const liveMembers = new Set<string>();

/** One membership in the consumer group, from connect to crash or stop. */
export class GroupMember implements LaneHost {
  readonly #ports: MemberPorts;
  readonly #consumer: Consumer;
  readonly #committer: OffsetCommitter;
  readonly #settling: Map<number, Promise<void>>;
  readonly #over = Promise.withResolvers<void>();
  #lanes = new Map<number, PartitionLane>();
  #memberId = '';
  #closed = false;

  /** @param settling settles with the last lane of each partition; shared by successive members */
  constructor(ports: MemberPorts, settling: Map<number, Promise<void>>) {
    this.#ports = ports;
    this.#settling = settling;
    // A crash before `run` awaits this promise must not be an unhandled rejection.
    this.#over.promise.catch(() => undefined);
    this.#consumer = ports.kafka.consumer({
      groupId: ports.mapping.groupId,
      sessionTimeout: SESSION_TIMEOUT_MS,
      rebalanceTimeout: REBALANCE_TIMEOUT_MS,
      heartbeatInterval: HEARTBEAT_INTERVAL_MS,
      maxWaitTimeInMs: FETCH_WAIT_MS,
      maxBytesPerPartition: FETCH_BYTES_PER_PARTITION,
      allowAutoTopicCreation: false,
      retry: RETRY,
    });
    const { topic } = ports.mapping;
    this.#committer = new OffsetCommitter((offsets) =>
      this.#consumer.commitOffsets(
        offsets.map(({ partition, offset }) => ({ topic, partition, offset: String(offset) })),
      ),
    );
  }

  /** Consumes until it is stopped. Rejects with the reason if the consumer gives up before that. */
  async run(): Promise<void> {
    const { events } = this.#consumer;
    this.#consumer.on(events.CRASH, ({ payload }: ConsumerCrashEvent) => this.#over.reject(payload.error));
    this.#consumer.on(events.REBALANCING, () => this.#hold());
    this.#consumer.on(events.GROUP_JOIN, ({ payload }: ConsumerGroupJoinEvent) => this.#joined(payload));
    const { kafka, mapping } = this.#ports;
    const { topic, groupId, startingPosition } = mapping;
    await evictDeadMembers(kafka, groupId, topic, liveMembers);
    await this.#consumer.connect();
    await this.#consumer.subscribe({ topic, fromBeginning: startingPosition.at === 'TRIM_HORIZON' });
    if (this.#closed) return await this.#consumer.disconnect();
    await this.#consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      eachBatch: async (payload) => this.#accept(payload),
    });
    await this.#over.promise;
  }

  /** Gives up the partitions at once. Their next owner repeats the batches in flight. */
  async abandon(): Promise<void> {
    for (const lane of this.#lanes.values()) lane.fence();
    this.#lanes.clear();
    this.#committer.close();
    liveMembers.delete(this.#memberId);
    this.#closed = true;
    this.#over.resolve();
    await within(
      LEAVE_WITHIN_MS,
      this.#consumer.disconnect().catch(() => undefined),
    );
  }

  /** Waits for invocations in flight up to `graceMs`, commits them and leaves the group. */
  async leave(graceMs: number): Promise<void> {
    const lanes = [...this.#lanes.values()];
    for (const lane of lanes) lane.finish();
    await within(graceMs, Promise.all(lanes.map((lane) => lane.settled)));
    await within(LAST_COMMIT_WITHIN_MS, this.#committer.flush());
    await this.abandon();
  }

  done(lane: PartitionLane, offset: number): void {
    this.#committer.done(lane, offset);
  }

  wantsMore(partition: number, wants: boolean): void {
    const place = [{ topic: this.#ports.mapping.topic, partitions: [partition] }];
    try {
      if (wants) this.#consumer.resume(place);
      else this.#consumer.pause(place);
    } catch {
      // The consumer is disconnected; this lane is about to be fenced.
    }
  }

  #accept({ batch, resolveOffset }: EachBatchPayload): void {
    // Advances the fetch position; progress is recorded by commits only. A join may reset the position as soon as this
    // returns, so KafkaJS must not advance it later.
    resolveOffset(batch.lastOffset());
    const messages = batch.messages.filter((message) => {
      const run = unreadableRun(message);
      if (run) this.#ports.onUnreadable(batch.partition, run);
      return !run;
    });
    this.#lanes.get(batch.partition)?.accept(messages, Number(batch.lastOffset()) + 1);
  }

  #hold(): void {
    for (const lane of this.#lanes.values()) lane.hold();
  }

  /**
   * A member that kept its id took part in every generation, so a partition that it still has was never assigned to
   * another member, and its lane continues. After a change of id another member may have had the partition in between,
   * so the lane is fenced.
   */
  #joined({ memberId, memberAssignment }: ConsumerGroupJoinEvent['payload']): void {
    const { topic } = this.#ports.mapping;
    const partitions = memberAssignment[topic] ?? [];
    const sameMember = memberId === this.#memberId;
    liveMembers.delete(this.#memberId);
    liveMembers.add(memberId);
    this.#memberId = memberId;
    const before = this.#lanes;
    this.#lanes = new Map();
    this.#consumer.resume([{ topic, partitions }]);
    for (const partition of partitions) {
      const kept = sameMember ? before.get(partition) : undefined;
      if (kept !== undefined) before.delete(partition);
      this.#lanes.set(partition, kept ?? this.#newLane(partition));
      kept?.resumeAfterRebalance();
    }
    for (const lane of before.values()) lane.fence();
    this.#ports.onJoin(partitions);
  }

  #newLane(partition: number): PartitionLane {
    const previous = this.#settling.get(partition) ?? Promise.resolve();
    const lane = this.#ports.makeLane(partition, this, previous);
    this.#settling.set(partition, lane.settled);
    return lane;
  }
}
