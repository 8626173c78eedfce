import { monotonicMs } from './clock.ts';
import { NoAnswerError } from './errors.ts';

/** The result of `work`, or an error at `deadline` (of the monotonic clock) at the latest. The work itself
 * goes on: neither a query nor a produce can be taken back.
 * @throws {NoAnswerError} at the deadline, saying that `who` did not answer */
export function withDeadline<T>(work: Promise<T>, deadline: number, who: string): Promise<T> {
  return new Promise((resolve, reject) => {
    const giveUp = () => reject(new NoAnswerError(who));
    const timer = setTimeout(giveUp, Math.max(0, deadline - monotonicMs()));
    work.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
