import { deadlineIn, elapsedMs, type Moment, presentMoment } from '../clock.ts';
import { isRetryable } from '../errors.ts';
import type { Outages } from '../outages.ts';
import { withDeadline } from './deadline.ts';

export interface OutboxLimits {
  /** The longest that a caller waits for its items. */
  timeoutMs: number;
  /** The pause after a fault; callers do not wait during it. */
  pauseMs: number;
  /** The maximum number of items per send. */
  page: number;
  /** The maximum number of unsent items; the oldest are dropped. */
  mostKept: number;
}

export interface OutboxDeps<T> {
  /** Names the work in the log: `Announcing polls`. */
  what: string;
  /** Items with the same key are sent once. */
  keyOf(item: T): string;
  /** Must end in bounded time. A slow send is not retried, since its items would arrive twice. */
  send(items: T[]): Promise<void>;
  outages: Pick<Outages, 'fault' | 'success'>;
}

/** Submits items. Resolves once they are sent or kept for later; never rejects. */
export type HandIn<T> = (items: T[]) => Promise<void>;

/**
 * Sends items without blocking their senders. The first items are sent at once, and items that arrive
 * meanwhile form the next page. Failed items stay in memory and are retried: by a timer or, if the process is
 * frozen between invocations, with the next items. Items whose error is permanent are logged and dropped.
 */
export function createOutbox<T>(
  { what, keyOf, send, outages }: OutboxDeps<T>,
  limits: OutboxLimits,
): HandIn<T> {
  let kept = new Map<string, T>();
  const waiting: (() => void)[] = [];
  let isDraining = false;
  let pausedSince: Moment | undefined;

  function keep(items: T[]): void {
    for (const item of items) kept.set(keyOf(item), item);
    for (const oldest of kept.keys()) {
      if (kept.size <= limits.mostKept) break;
      kept.delete(oldest);
    }
  }

  function release(callers: (() => void)[]): void {
    for (const resolve of callers) resolve();
  }

  /** Removes items before they are sent: an item that is submitted again meanwhile is sent again. */
  function takePage(): T[] {
    const page = [...kept].slice(0, limits.page);
    for (const [key] of page) kept.delete(key);
    return page.map(([, item]) => item);
  }

  function putBack(page: T[]): void {
    const newer = [...kept.values()];
    kept = new Map();
    keep([...page, ...newer]);
    pausedSince = presentMoment();
    setTimeout(() => {
      pausedSince = undefined;
      startDraining();
    }, limits.pauseMs).unref();
  }

  /** @returns whether to continue with the next page */
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
    // Includes items that arrive in the same turn of the event loop.
    await Promise.resolve();
    for (let continues = true; continues && kept.size > 0; ) {
      const page = takePage();
      const callers = kept.size === 0 ? waiting.splice(0) : [];
      continues = await sendPage(page);
      release(callers);
    }
    isDraining = false;
    release(waiting.splice(0));
  }

  function startDraining(): void {
    const isPausing = pausedSince && elapsedMs(pausedSince) < limits.pauseMs;
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
    await withDeadline(sent, deadlineIn(limits.timeoutMs), 'The outbox').catch(() => {});
  };
}
