import { deadlineIn } from '../clock.ts';
import { UnavailableError } from '../errors.ts';

/** Sends a batch until a deadline of the monotonic clock. Returns one result per item, in order; an Error
 * rejects only its own item. */
export type SendMany<T, R> = (items: T[], deadline: number) => Promise<(R | Error)[]>;

export interface BatchLimits {
  /** The time in which each caller gets its answer. */
  timeoutMs: number;
  maxBatch: number;
  /** Backpressure: items beyond this limit are rejected at once instead of timing out. */
  maxWaiting: number;
}

interface Waiting<T, R> {
  item: T;
  deadline: number;
  resolve: (result: R) => void;
  reject: (error: unknown) => void;
}

/** Batches the items of concurrent callers without a delay: the first item is sent at once, and items that
 * arrive meanwhile form the next batch. Batches are sequential, so items keep their order.
 * @param laneOf lanes send independently; by default all items share one
 * @returns a function that settles with the outcome of its own item
 * @throws {UnavailableError} from the returned function when too many items wait */
export function createMicroBatcher<T, R>(
  send: SendMany<T, R>,
  limits: BatchLimits,
  laneOf: (item: T) => unknown = () => undefined,
): (item: T) => Promise<R> {
  const lanes = new Map<unknown, Waiting<T, R>[]>();
  let waitingCount = 0;

  async function sendNext(batch: Waiting<T, R>[], deadline: number): Promise<void> {
    try {
      const results = await send(
        batch.map(({ item }) => item),
        deadline,
      );
      for (const [index, { resolve, reject }] of batch.entries()) {
        const result = results[index] ?? new UnavailableError('The batch has no result for this item.');
        if (result instanceof Error) reject(result);
        else resolve(result);
      }
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  }

  async function drain(lane: unknown, waiting: Waiting<T, R>[]): Promise<void> {
    // Includes items that arrive in the same turn of the event loop.
    await Promise.resolve();
    while (waiting[0]) {
      const { deadline } = waiting[0];
      const batch = waiting.splice(0, limits.maxBatch);
      waitingCount -= batch.length;
      await sendNext(batch, deadline);
    }
    lanes.delete(lane);
  }

  return (item) =>
    new Promise((resolve, reject) => {
      if (waitingCount >= limits.maxWaiting) {
        reject(new UnavailableError(`${waitingCount} items are already waiting to be sent.`));
        return;
      }
      waitingCount += 1;
      const one = { item, deadline: deadlineIn(limits.timeoutMs), resolve, reject };
      const lane = laneOf(item);
      const waiting = lanes.get(lane);
      if (waiting) {
        waiting.push(one);
        return;
      }
      const started = [one];
      lanes.set(lane, started);
      void drain(lane, started);
    });
}
