import type { RecordFilter } from './mapping.ts';
import type { FetchedMessage } from './mskEvent.ts';
import { type Batch, type Limits, RecordBuffer } from './recordBuffer.ts';
import { createRecordClock } from './recordClock.ts';
import type { Verdict } from './verdict.ts';
import { Wake } from './wake.ts';
import { type BatchPolicy, type Condition, workThroughBatch } from './workThroughBatch.ts';

export interface LanePorts {
  readonly limits: Limits;
  readonly policy: BatchPolicy;
  readonly filter: RecordFilter | null;
  sizeOf(message: FetchedMessage): number;
  attempt(messages: readonly FetchedMessage[]): Promise<Verdict>;
  /** Tries once to send failed records to the destination; the lane retries after a rejection. */
  discard(messages: readonly FetchedMessage[], condition: Condition, attempts: number): Promise<void>;
  done(lane: PartitionLane, offset: number): void;
  /** Backpressure: whether to continue fetching for this partition; called on every change. */
  wantsMore(wants: boolean): void;
}

// Fetching pauses at this many buffered batches, which keeps a backlog on the broker and out of memory. It resumes at
// half of it, so the next fetch arrives before the buffer is empty.
const HIGH_WATER_BATCHES = 4;
// With tiny batches the limit above would pause and resume fetching all the time.
const HIGH_WATER_RECORDS_AT_LEAST = 2_000;
const DISCARD_RETRY_MS = 1_000;
// Minimum time between invocations of a lane, unless a full batch is ready; the first one after a pause starts at once.
// Invoking for every few records costs more than the work itself. End to end with 12 lanes: 1,100 votes/s without
// this, 1,200 with 25 ms, 1,800 with 100 ms, at no higher latency.
const MIN_INTERVAL_MS = 100;

/** One for the process: a lane may begin while the clock is wrong. */
const recordClock = createRecordClock();

/**
 * Processes one partition: collects batches and keeps one in flight at a time, in order. `finish` ends it after the
 * batch in flight. `fence` ends it and discards its results, because the partition belongs to another member.
 * `settled` resolves when its last invocation has ended.
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
  // The lane already has the offsets below this; the fetch after a rebalance returns them again.
  #skipBelow = 0;
  #taken = 0;
  #mayBeginAt = 0;

  /** @param after settles with the partition's previous lane; two lanes must never run at once */
  constructor(partition: number, ports: LanePorts, after: Promise<void>) {
    this.partition = partition;
    this.#ports = ports;
    this.#highWater = Math.max(HIGH_WATER_BATCHES * ports.limits.batchSize, HIGH_WATER_RECORDS_AT_LEAST);
    this.settled = after.then(() => this.#run());
  }

  get fenced(): boolean {
    return this.#state === 'fenced';
  }

  /** @param end the offset after the last one fetched; may be beyond the last message */
  accept(messages: readonly FetchedMessage[], end: number): void {
    if (this.#state !== 'open') return;
    this.#buffer.add(this.#wanted(messages), this.#ports.sizeOf, end, performance.now());
    if (end > this.#skipBelow) this.#skipBelow = 0;
    this.#signalDemand();
    this.#wake.wake();
  }

  #wanted(messages: readonly FetchedMessage[]): readonly FetchedMessage[] {
    const { filter } = this.#ports;
    if (this.#skipBelow === 0 && filter === null) return messages;
    return messages.filter(
      ({ offset, value }) => Number(offset) >= this.#skipBelow && (filter === null || filter(value)),
    );
  }

  /** Called when a rebalance begins: starts nothing new, because another member may get the partition. */
  hold(): void {
    this.#held = true;
  }

  /** Called when the partition stays here: fetching restarts at the last commit, so the buffer is dropped. */
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

  /** Marks filtered records as done once everything before them is done. */
  #passFiltered(): void {
    if (this.#buffer.end <= this.#taken) return;
    this.#taken = this.#buffer.end;
    this.#ports.done(this, this.#taken);
  }

  async #send(batch: Batch<FetchedMessage>): Promise<void> {
    this.#taken = batch.end;
    this.#mayBeginAt = performance.now() + MIN_INTERVAL_MS;
    this.#signalDemand();
    if (batch.bytes > this.#ports.limits.maxBytes) {
      // The payload exceeds Lambda's limit, so no retry would help.
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
      now: recordClock,
    });
  }

  async #mayAttempt(): Promise<boolean> {
    while (this.#held && this.#state === 'open') await this.#wake.sleep(Number.POSITIVE_INFINITY);
    return this.#state === 'open';
  }

  /** Retries until it succeeds or the lane ends: an outage of the destination must not lose the records. */
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

  /** Arriving records wake the loop too, so it sleeps again until the time is over. */
  async #sleep(ms: number): Promise<void> {
    const until = performance.now() + ms;
    for (let left = ms; left > 0 && this.#state === 'open'; left = until - performance.now()) {
      await this.#wake.sleep(left);
    }
  }

  #signalDemand(): void {
    const { maxBytes } = this.#ports.limits;
    const fill = Math.max(this.#buffer.length / this.#highWater, this.#buffer.bytes / (2 * maxBytes));
    const full = this.#full ? fill > 0.5 : fill >= 1;
    if (full === this.#full) return;
    this.#full = full;
    this.#ports.wantsMore(!full);
  }
}
