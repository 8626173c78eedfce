import type { PartitionLane } from './partitionLane.ts';

export interface PartitionOffset {
  readonly partition: number;
  readonly offset: number;
}

const RETRY_MS = 100;

/**
 * Commits the offsets of all lanes, one request at a time. Lanes do not wait for it: on the broker's connection a
 * commit queues behind a fetch that waits for records, and each batch would wait that long.
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

  /** Resolves when everything passed to `done` so far is committed; never, while the broker is unavailable. */
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
        // A rebalance in progress or a broker outage rejects the commit; lanes that are not fenced retry.
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
