import type { PartitionLane } from './partitionLane.ts';

export interface PartitionOffset {
  readonly partition: number;
  readonly offset: number;
}

const RETRY_MS = 100;

/**
 * Commits what the lanes have dealt with, one request at a time for all partitions. A lane does not wait for
 * it: on the connection to the broker a commit queues behind a fetch that waits for records, and each batch
 * would pay that wait.
 */
export class OffsetCommitter {
  readonly #commit: (offsets: readonly PartitionOffset[]) => Promise<void>;
  readonly #pending = new Map<PartitionLane, number>();
  #working: Promise<void> | null = null;
  #closed = false;

  constructor(commit: (offsets: readonly PartitionOffset[]) => Promise<void>) {
    this.#commit = commit;
  }

  done(lane: PartitionLane, offset: number): void {
    this.#pending.set(lane, offset);
    this.#working ??= this.#work().finally(() => {
      this.#working = null;
    });
  }

  /** Resolves when everything told so far is committed; it may never, if the broker is away. */
  async flush(): Promise<void> {
    while (this.#working !== null) await this.#working;
  }

  close(): void {
    this.#closed = true;
  }

  async #work(): Promise<void> {
    while (this.#pending.size > 0 && !this.#closed) {
      const taken = [...this.#pending].filter(([lane]) => !lane.fenced);
      this.#pending.clear();
      try {
        if (taken.length > 0) await this.#commit(taken.map(toPartitionOffset));
      } catch {
        // A rebalance in progress refuses it, and a broker may be away: the lanes that survive try again.
        for (const [lane, offset] of taken) {
          if (!this.#pending.has(lane)) this.#pending.set(lane, offset);
        }
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
    }
  }
}

function toPartitionOffset([lane, offset]: [PartitionLane, number]): PartitionOffset {
  return { partition: lane.partition, offset };
}
