import type { RecordFilter } from './mapping.ts';
import type { FetchedMessage } from './mskEvent.ts';
import { type Batch, type Limits, RecordBuffer } from './recordBuffer.ts';
import type { Verdict } from './verdict.ts';
import { Wake } from './wake.ts';
import { type BatchPolicy, type Condition, workThroughBatch } from './workThroughBatch.ts';

export interface LanePorts {
  readonly limits: Limits;
  readonly policy: BatchPolicy;
  readonly filter: RecordFilter | null;
  sizeOf(message: FetchedMessage): number;
  attempt(messages: readonly FetchedMessage[]): Promise<Verdict>;
  /** Tries once to keep records that are given up; a rejection makes the lane try again. */
  discard(messages: readonly FetchedMessage[], condition: Condition, attempts: number): Promise<void>;
  done(lane: PartitionLane, offset: number): void;
  /** Whether fetching for this partition should go on; called on every change. */
  wantsMore(wants: boolean): void;
}

// Fetching stops when this many batches wait, so that a backlog stays on the broker and not in memory, and
// goes on at half of it, early enough for the next fetch to arrive before the lane runs dry.
const HIGH_WATER_BATCHES = 4;
// With tiny batches the above would stop and start the fetches all the time.
const HIGH_WATER_RECORDS_AT_LEAST = 2_000;
const DISCARD_RETRY_MS = 1_000;
// Under steady traffic a lane begins at most so often, unless a whole batch waits; after a pause the first goes at
// once. An invocation for each few records costs the machine more than what is done with them: with 12 lanes, 1,100
// votes/s go their whole way without this, 1,200 with 25 ms and 1,800 with 100 ms, and none takes longer.
const MIN_INTERVAL_MS = 100;

/**
 * One partition's way through the function: gathers batches, has one in flight at a time, in order. It ends by
 * `finish` (what is in flight still counts) or by `fence` (nothing it does counts any more, because the
 * partition belongs to somebody else); `settled` resolves when its last invocation is over.
 */
export class PartitionLane {
  readonly partition: number;
  readonly settled: Promise<void>;
  readonly #ports: LanePorts;
  readonly #buffer = new RecordBuffer<FetchedMessage>();
  readonly #wake = new Wake();
  readonly #highWater: number;
  #state: 'open' | 'finishing' | 'fenced' = 'open';
  #held = false;
  #full = false;
  // Offsets below are in this lane's hands already; a fetch after a rebalance brings them again.
  #skipBelow = 0;
  #taken = 0;
  #mayBeginAt = 0;

  /** @param after the partition's previous lane: two must never run at once */
  constructor(partition: number, ports: LanePorts, after: Promise<void>) {
    this.partition = partition;
    this.#ports = ports;
    this.#highWater = Math.max(HIGH_WATER_BATCHES * ports.limits.batchSize, HIGH_WATER_RECORDS_AT_LEAST);
    this.settled = after.then(() => this.#run());
  }

  get fenced(): boolean {
    return this.#state === 'fenced';
  }

  /** @param end the offset after the last one fetched, which may lie beyond the last message */
  accept(messages: readonly FetchedMessage[], end: number): void {
    if (this.#state !== 'open') return;
    this.#buffer.add(this.#wanted(messages), this.#ports.sizeOf, end, performance.now());
    if (end > this.#skipBelow) this.#skipBelow = 0;
    this.#tellWants();
    this.#wake.wake();
  }

  #wanted(messages: readonly FetchedMessage[]): readonly FetchedMessage[] {
    const { filter } = this.#ports;
    if (this.#skipBelow === 0 && filter === null) return messages;
    return messages.filter(
      ({ offset, value }) => Number(offset) >= this.#skipBelow && (filter === null || filter(value)),
    );
  }

  /** The group is rebalancing: start nothing, since the partition may be about to go to another member. */
  hold(): void {
    this.#held = true;
  }

  /** The partition is still ours: what was buffered comes again from the last commit, less what was taken. */
  resumeAfterRebalance(): void {
    this.#buffer.clear();
    this.#skipBelow = this.#taken;
    this.#full = false;
    this.#held = false;
    this.#wake.wake();
  }

  finish(): void {
    if (this.#state === 'open') this.#state = 'finishing';
    this.#wake.wake();
  }

  fence(): void {
    this.#state = 'fenced';
    this.#wake.wake();
  }

  async #run(): Promise<void> {
    while (this.#state === 'open') {
      const wait = this.#held
        ? Number.POSITIVE_INFINITY
        : Math.max(this.#buffer.timeToBatch(this.#ports.limits, performance.now()), this.#timeToTurn());
      if (this.#buffer.length === 0) this.#passFiltered();
      if (wait > 0) await this.#wake.sleep(wait);
      else await this.#send(this.#buffer.take(this.#ports.limits));
    }
  }

  #timeToTurn(): number {
    const isWhole = this.#buffer.length >= this.#ports.limits.batchSize;
    return isWhole ? 0 : this.#mayBeginAt - performance.now();
  }

  /** Records that no filter lets through are dealt with as soon as all before them are. */
  #passFiltered(): void {
    if (this.#buffer.end <= this.#taken) return;
    this.#taken = this.#buffer.end;
    this.#ports.done(this, this.#taken);
  }

  async #send(batch: Batch<FetchedMessage>): Promise<void> {
    this.#taken = batch.end;
    this.#mayBeginAt = performance.now() + MIN_INTERVAL_MS;
    this.#tellWants();
    if (batch.bytes > this.#ports.limits.maxBytes) {
      // Lambda cannot be invoked with it, so no number of retries would help.
      const kept = await this.#discard(batch.messages, 'MaximumPayloadSizeExceeded', 0);
      if (kept) this.#ports.done(this, batch.end);
      return;
    }
    await workThroughBatch(batch, this.#ports.policy, {
      mayAttempt: () => this.#mayAttempt(),
      attempt: (messages) => this.#ports.attempt(messages),
      counts: () => !this.fenced,
      discard: (messages, condition, attempts) => this.#discard(messages, condition, attempts),
      done: (offset) => this.#ports.done(this, offset),
      sleep: (ms) => this.#sleep(ms),
      // biome-ignore lint/plugin/noWallClock: brokers and senders stamp records with the wall clock
      now: Date.now,
    });
  }

  async #mayAttempt(): Promise<boolean> {
    while (this.#held && this.#state === 'open') await this.#wake.sleep(Number.POSITIVE_INFINITY);
    return this.#state === 'open';
  }

  /** A destination that is away must not cost the record: it is tried until it works or the lane ends. */
  async #discard(
    messages: readonly FetchedMessage[],
    condition: Condition,
    attempts: number,
  ): Promise<boolean> {
    while (!this.fenced) {
      try {
        await this.#ports.discard(messages, condition, attempts);
        return !this.fenced;
      } catch {
        if (this.#state !== 'open') return false;
        await this.#sleep(DISCARD_RETRY_MS);
      }
    }
    return false;
  }

  /** Arrivals wake the loop too, so it goes back to sleep until the time is really over. */
  async #sleep(ms: number): Promise<void> {
    const until = performance.now() + ms;
    for (let left = ms; left > 0 && this.#state === 'open'; left = until - performance.now()) {
      await this.#wake.sleep(left);
    }
  }

  #tellWants(): void {
    const { maxBytes } = this.#ports.limits;
    const fill = Math.max(this.#buffer.length / this.#highWater, this.#buffer.bytes / (2 * maxBytes));
    const full = this.#full ? fill > 0.5 : fill >= 1;
    if (full === this.#full) return;
    this.#full = full;
    this.#ports.wantsMore(!full);
  }
}
