import { setTimeout as sleep } from 'node:timers/promises';
import { deadlineIn, monotonicMs } from '../clock.ts';
import { NoAnswerError } from '../errors.ts';

/** Waits for `work` until a deadline of the monotonic clock. The work itself continues: neither a query nor a
 * produce can be cancelled.
 * @param service named in the error
 * @throws {NoAnswerError} at the deadline */
export function withDeadline<T>(work: Promise<T>, deadline: number, service: string): Promise<T> {
  return new Promise((resolve, reject) => {
    const timeOut = () => reject(new NoAnswerError(service));
    const timer = setTimeout(timeOut, Math.max(0, deadline - monotonicMs()));
    work.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

const RETRY_MS = 50;

/** Retries until an attempt succeeds.
 * @param attempt throws until the condition holds
 * @param isPermanent whether further attempts are pointless
 * @param pauseMs between attempts
 * @throws the last attempt's error, if it is permanent or after `limitMs` */
export async function until<T>(
  attempt: () => Promise<T>,
  limitMs: number,
  isPermanent: (error: unknown) => boolean = () => false,
  pauseMs = RETRY_MS,
): Promise<T> {
  const end = deadlineIn(limitMs);
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (isPermanent(error) || monotonicMs() > end) throw error;
      await sleep(pauseMs);
    }
  }
}
