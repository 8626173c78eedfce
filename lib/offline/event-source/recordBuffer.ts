export interface Limits {
  readonly batchSize: number;
  readonly maxBytes: number;
  readonly windowMs: number;
}

/** Records for one invocation; `end` is the offset to commit once all of them are dealt with. */
export interface Batch<M> {
  readonly messages: readonly M[];
  readonly bytes: number;
  readonly end: number;
}

/** What was fetched from one partition and not yet given to the function, in order. */
export class RecordBuffer<M extends { readonly offset: string }> {
  #messages: M[] = [];
  // Beside the records, not in them: objects of our own for each would double what a backlog allocates.
  #sizes: number[] = [];
  #arrivals: number[] = [];
  #bytes = 0;
  #end = 0;

  get length(): number {
    return this.#messages.length;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** The offset after the last one that was fetched, filtered records included. */
  get end(): number {
    return this.#end;
  }

  add(messages: readonly M[], sizeOf: (message: M) => number, end: number, now: number): void {
    for (const message of messages) {
      const size = sizeOf(message);
      this.#messages.push(message);
      this.#sizes.push(size);
      this.#arrivals.push(now);
      this.#bytes += size;
    }
    this.#end = end;
  }

  /** Forgets the end too: nothing was fetched of what is dropped here. */
  clear(): void {
    this.#messages = [];
    this.#sizes = [];
    this.#arrivals = [];
    this.#bytes = 0;
    this.#end = 0;
  }

  /** Milliseconds until the next batch is due: 0 is now, Infinity until something arrives. */
  timeToBatch(limits: Limits, now: number): number {
    const first = this.#arrivals[0];
    if (first === undefined) return Number.POSITIVE_INFINITY;
    if (this.#messages.length >= limits.batchSize || this.#bytes >= limits.maxBytes) return 0;
    return Math.max(0, first + limits.windowMs - now);
  }

  /** Takes as many records as the limits allow; one that is too large by itself comes alone. */
  take(limits: Limits): Batch<M> {
    let count = 0;
    let bytes = 0;
    for (const size of this.#sizes) {
      if (count === limits.batchSize || (count > 0 && bytes + size > limits.maxBytes)) break;
      count += 1;
      bytes += size;
    }
    const messages = this.#messages.splice(0, count);
    this.#sizes.splice(0, count);
    this.#arrivals.splice(0, count);
    this.#bytes -= bytes;
    const next = this.#messages[0];
    return { messages, bytes, end: next === undefined ? this.#end : Number(next.offset) };
  }
}
