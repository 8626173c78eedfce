export interface Limits {
  readonly batchSize: number;
  readonly maxBytes: number;
  readonly windowMs: number;
}

/** Records for one invocation; `end` is the offset to commit once all of them are done. */
export interface Batch<M> {
  readonly messages: readonly M[];
  readonly bytes: number;
  readonly end: number;
}

/** The records of one partition that were fetched but not sent to the function, in order. */
export class RecordBuffer<M extends { readonly offset: string }> {
  #messages: M[] = [];
  // Parallel arrays: a wrapper object for each record would double the allocations of a backlog.
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

  /** The offset after the last fetched record, filtered records included. */
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

  /** Also resets `end`, because the dropped records count as not fetched. */
  clear(): void {
    this.#messages = [];
    this.#sizes = [];
    this.#arrivals = [];
    this.#bytes = 0;
    this.#end = 0;
  }

  /** Milliseconds until the next batch is due; Infinity if the buffer is empty. */
  timeToBatch(limits: Limits, now: number): number {
    const first = this.#arrivals[0];
    if (first === undefined) return Number.POSITIVE_INFINITY;
    if (this.#messages.length >= limits.batchSize || this.#bytes >= limits.maxBytes) return 0;
    return Math.max(0, first + limits.windowMs - now);
  }

  /** Takes as many records as the limits allow. A record above the limit makes a batch of its own. */
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
