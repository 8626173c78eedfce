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
  /** Makes the lane of a partition; `previous` settles when its last lane's invocation is over. */
  makeLane(partition: number, member: LaneHost, previous: Promise<void>): PartitionLane;
  /** Called at each join, the first one included, with the partitions that are ours now. */
  onJoin(partitions: readonly number[]): void;
  /** Called for records that are passed over, since no retry would make them readable. */
  onUnreadable(partition: number, run: UnreadableRun): void;
}

export interface LaneHost {
  done(lane: PartitionLane, offset: number): void;
  wantsMore(partition: number, wants: boolean): void;
}

// A member that was killed holds up the group for this long, and so would the next start after a crash; an
// event loop that a debugger or a handler blocks for longer loses its partitions, and gets them back.
const SESSION_TIMEOUT_MS = 10_000;
const HEARTBEAT_INTERVAL_MS = 1_000;
// A commit, a heartbeat and a partition that wants more all wait for the fetch under way, so it stays short.
const FETCH_WAIT_MS = 100;
// Some thousands of small records: larger ones make the heap of a backlog grow, not the rate.
const FETCH_BYTES_PER_PARTITION = 262_144;
// A leader that died has a successor within seconds, which is found in place. A coordinator is looked for at a join
// only, so after this KafkaJS gives up and a new consumer joins.
const RETRY = {
  retries: 8,
  initialRetryTime: 250,
  maxRetryTime: 250,
  multiplier: 1,
  restartOnFailure: async () => false,
};
const LAST_COMMIT_WITHIN_MS = 2_000;
const LEAVE_WITHIN_MS = 3_000;

/** Members of any group that this process is, by their ids. */
const liveMembers = new Set<string>();

/** One membership in the consumer group, from connecting until it crashes or is stopped. */
export class GroupMember implements LaneHost {
  readonly #ports: MemberPorts;
  readonly #consumer: Consumer;
  readonly #committer: OffsetCommitter;
  readonly #settling: Map<number, Promise<void>>;
  readonly #over = Promise.withResolvers<void>();
  #lanes = new Map<number, PartitionLane>();
  #memberId = '';
  #closed = false;

  /** @param settling the last lane of each partition, kept over the lives of several members */
  constructor(ports: MemberPorts, settling: Map<number, Promise<void>>) {
    this.#ports = ports;
    this.#settling = settling;
    // It may crash before anybody waits for it.
    this.#over.promise.catch(() => undefined);
    this.#consumer = ports.kafka.consumer({
      groupId: ports.mapping.groupId,
      sessionTimeout: SESSION_TIMEOUT_MS,
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

  /** Consumes until it is told to end, and rejects with the reason if the consumer gives up before. */
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
    await this.#consumer.run({ autoCommit: false, eachBatch: async (payload) => this.#accept(payload) });
    await this.#over.promise;
  }

  /** Gives the partitions up at once; what is in flight will be sent again by whoever owns them next. */
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

  /** Lets what is in flight end, within the bound, commits it and leaves the group. */
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
      // Its consumer is gone, and this lane is about to hear of it.
    }
  }

  #accept({ batch }: EachBatchPayload): void {
    // The fetch position moves on as soon as this returns; only commits tell what is dealt with.
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
   * A member that kept its id was in every generation, so a partition it had and has was never elsewhere, and
   * its lane goes on. With a new id anybody may have had it in between: the lane is fenced.
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
