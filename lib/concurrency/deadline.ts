import { setTimeout as sleep } from 'node:timers/promises';
import { deadlineIn, monotonicMs } from '../clock.ts';
import { NoAnswerError } from '../errors.ts';

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

const RETRY_MS = 50;

/**
 * Tries until it succeeds.
 *
 * @param attempt throws as long as what we wait for is not there
 * @param isInVain whether its error, or what happened meanwhile, means that it will never be there
 * @throws the last attempt's error, when it is in vain or `limitMs` is over
 */
export async function until<T>(
  attempt: () => Promise<T>,
  limitMs: number,
  isInVain: (error: unknown) => boolean = () => false,
): Promise<T> {
  const end = deadlineIn(limitMs);
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (isInVain(error) || monotonicMs() > end) throw error;
      await sleep(RETRY_MS);
    }
  }
}
