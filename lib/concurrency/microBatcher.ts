import { deadlineIn } from '../clock.ts';
import { UnavailableError } from '../errors.ts';

/** Sends many at once, and answers for each of them in their order, by `deadline` (of the monotonic clock). An
 * error in the place of a result is that item's alone. */
export type SendMany<T, R> = (items: T[], deadline: number) => Promise<(R | Error)[]>;

export interface BatchLimits {
  /** Each item's caller gets its answer within so many milliseconds. */
  patienceMs: number;
  maxBatch: number;
  /** So many may wait; the next is refused at once instead of waiting in vain. */
  maxWaiting: number;
}

interface Waiting<T, R> {
  item: T;
  deadline: number;
  resolve: (result: R) => void;
  reject: (error: unknown) => void;
}

/** Gathers what concurrent callers send into few large sends, without making anybody wait for company: the
 * first goes out at once, and what comes while it is under way makes the next batch. Batches follow one
 * another, so items keep their order.
 * @param laneOf items of one lane wait for each other, and for nobody else. Without it, all share one.
 * @returns a function that resolves with its own item's result and rejects with its own error
 * @throws {UnavailableError} from the returned function when too many wait already */
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
        const result = results[index] ?? new UnavailableError('A batch came back incomplete.');
        if (result instanceof Error) reject(result);
        else resolve(result);
      }
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  }

  async function drain(lane: unknown, waiting: Waiting<T, R>[]): Promise<void> {
    // Whatever else this turn of the event loop brings goes along.
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
        reject(new UnavailableError(`${waitingCount} wait to be sent already.`));
        return;
      }
      waitingCount += 1;
      const one = { item, deadline: deadlineIn(limits.patienceMs), resolve, reject };
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
