import { UnavailableError } from '../errors.ts';

/** Sends many at once, and answers for each of them in their order, by `deadline` (milliseconds since 1970). */
export type SendMany<T, R> = (items: T[], deadline: number) => Promise<R[]>;

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
 * @returns a function that resolves with its own item's result and rejects with its own batch's error
 * @throws {UnavailableError} from the returned function when too many wait already */
export function createMicroBatcher<T, R>(send: SendMany<T, R>, limits: BatchLimits): (item: T) => Promise<R> {
  const waiting: Waiting<T, R>[] = [];
  let isSending = false;

  async function sendNext(batch: Waiting<T, R>[], deadline: number): Promise<void> {
    try {
      const results = await send(
        batch.map(({ item }) => item),
        deadline,
      );
      for (const [index, { resolve, reject }] of batch.entries()) {
        const result = results[index];
        if (result === undefined) reject(new UnavailableError('A batch came back incomplete.'));
        else resolve(result);
      }
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  }

  async function drain(): Promise<void> {
    isSending = true;
    // Whatever else this turn of the event loop brings goes along.
    await Promise.resolve();
    while (waiting[0]) {
      const { deadline } = waiting[0];
      await sendNext(waiting.splice(0, limits.maxBatch), deadline);
    }
    isSending = false;
  }

  return (item) =>
    new Promise((resolve, reject) => {
      if (waiting.length >= limits.maxWaiting) {
        reject(new UnavailableError(`${waiting.length} wait to be sent already.`));
        return;
      }
      waiting.push({ item, deadline: Date.now() + limits.patienceMs, resolve, reject });
      if (!isSending) void drain();
    });
}
