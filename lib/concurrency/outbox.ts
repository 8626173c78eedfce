import { deadlineIn, elapsedMs, type Moment, presentMoment } from '../clock.ts';
import { isRetryable } from '../errors.ts';
import type { Outages } from '../outages.ts';
import { withDeadline } from './deadline.ts';

export interface OutboxLimits {
  /** Who hands something in waits no longer for it to be sent. */
  patienceMs: number;
  /** After a fault nothing is tried for so long, and nobody waits. */
  pauseMs: number;
  /** So many are sent at once. */
  page: number;
  /** So many are kept while they cannot be sent; the oldest go first. */
  mostKept: number;
}

export interface OutboxDeps<T> {
  /** What fails if sending does, for the log: `Telling voters`. */
  what: string;
  /** Two items of one key are sent once. */
  keyOf(item: T): string;
  /** Ends in bounded time by itself. What is only slow is not sent again: it would come twice. */
  send(items: T[]): Promise<void>;
  outages: Pick<Outages, 'fault' | 'success'>;
}

/** Hands items in. Resolves, and never rejects, when they are sent or are kept for later. */
export type HandIn<T> = (items: T[]) => Promise<void>;

/**
 * Sends what must not hold up who sends it. It goes at once, what comes meanwhile goes together after it, and what
 * cannot be sent stays in memory and goes later: by a timer, or with what is handed in next where the process is
 * frozen between invocations. What no retry will help is logged and passed over.
 */
export function createOutbox<T>(
  { what, keyOf, send, outages }: OutboxDeps<T>,
  limits: OutboxLimits,
): HandIn<T> {
  let kept = new Map<string, T>();
  const waiting: (() => void)[] = [];
  let isDraining = false;
  let pausesSince: Moment | undefined;

  function keep(items: T[]): void {
    for (const item of items) kept.set(keyOf(item), item);
    for (const oldest of kept.keys()) {
      if (kept.size <= limits.mostKept) break;
      kept.delete(oldest);
    }
  }

  function letGo(callers: (() => void)[]): void {
    for (const resolve of callers) resolve();
  }

  /** Leave before they are sent: one that is handed in again meanwhile is sent again. */
  function takePage(): T[] {
    const page = [...kept].slice(0, limits.page);
    for (const [key] of page) kept.delete(key);
    return page.map(([, item]) => item);
  }

  function putBack(page: T[]): void {
    const newer = [...kept.values()];
    kept = new Map();
    keep([...page, ...newer]);
    pausesSince = presentMoment();
    setTimeout(() => {
      pausesSince = undefined;
      startDraining();
    }, limits.pauseMs).unref();
  }

  /** @returns whether to go on with the next */
  async function sendPage(page: T[]): Promise<boolean> {
    try {
      await send(page);
      outages.success(what);
    } catch (error) {
      outages.fault(what, error);
      if (!isRetryable(error)) return true;
      putBack(page);
      return false;
    }
    return true;
  }

  async function drain(): Promise<void> {
    // Whatever else this turn of the event loop brings goes along.
    await Promise.resolve();
    for (let goesOn = true; goesOn && kept.size > 0; ) {
      const page = takePage();
      const callers = kept.size === 0 ? waiting.splice(0) : [];
      goesOn = await sendPage(page);
      letGo(callers);
    }
    isDraining = false;
    letGo(waiting.splice(0));
  }

  function startDraining(): void {
    const isPausing = pausesSince && elapsedMs(pausesSince) < limits.pauseMs;
    if (isDraining || kept.size === 0 || isPausing) return;
    isDraining = true;
    void drain();
  }

  return async (items) => {
    if (items.length === 0) return;
    keep(items);
    startDraining();
    if (!isDraining) return;
    const sent = new Promise<void>((resolve) => waiting.push(resolve));
    await withDeadline(sent, deadlineIn(limits.patienceMs), 'The outbox').catch(() => {});
  };
}
