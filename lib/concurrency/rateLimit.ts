import { elapsedMs, type Moment, presentMoment } from '../clock.ts';
import { sourceNetwork } from '../domain/sourceNetwork.ts';
import { type Quota, TooManyRequestsError } from '../errors.ts';

/** Requests a minute from one source address. It is kept in the memory of one instance of one function: N instances
 * let up to N times as many through, which stops floods and needs no store that every vote would wait for. */
export interface RateLimiter {
  /** Counts one request.
   * @param address of the connection, never of a header that clients set
   * @throws {TooManyRequestsError} if nothing is left; that request does not count */
  spend(address: string): void;
  /** Refunds a request that had no effect. */
  refund(address: string): void;
  quota(address: string): Quota;
}

const WINDOW_SECONDS = 60;
/** About 2 MB. A sender with more networks than this evades the limit, but cannot exhaust memory. */
const MAX_SOURCES = 10_000;

interface Window {
  began: Moment;
  used: number;
}

/** Counts in fixed windows that begin with a source's first request: at most the limit in a window, and twice that in
 * a minute that spans two. `rate-limiter-flexible` counts alike, with a timer for each source and no bound on them.
 * @param name of the policy in the `RateLimit` headers
 * @param limit 0 for none
 * @returns undefined if there is no limit */
export function createRateLimiter(
  name: string,
  limit: number,
  maxSources = MAX_SOURCES,
): RateLimiter | undefined {
  if (limit === 0) return undefined;
  // Ordered by start, so the first entry expires first.
  const windows = new Map<string, Window>();

  const leftMs = ({ began }: Window) => WINDOW_SECONDS * 1_000 - elapsedMs(began);

  function currentWindow(source: string): Window | undefined {
    const window = windows.get(source);
    return window && leftMs(window) > 0 ? window : undefined;
  }

  function begin(source: string): Window {
    const window = { began: presentMoment(), used: 0 };
    windows.delete(source);
    windows.set(source, window);
    if (windows.size > maxSources) forgetOldest();
    return window;
  }

  /** Deletes a tenth at once: a Map skips earlier deleted entries on each lookup of its first key, 30 µs each time. */
  function forgetOldest(): void {
    let left = Math.ceil(maxSources / 10);
    for (const oldest of windows.keys()) {
      windows.delete(oldest);
      left -= 1;
      if (left === 0) break;
    }
  }

  function quota(address: string): Quota {
    const window = currentWindow(sourceNetwork(address));
    const resetSeconds = window ? Math.ceil(leftMs(window) / 1_000) : WINDOW_SECONDS;
    const remaining = limit - (window?.used ?? 0);
    return { name, limit, windowSeconds: WINDOW_SECONDS, remaining, resetSeconds };
  }

  return {
    spend(address) {
      const source = sourceNetwork(address);
      const window = currentWindow(source) ?? begin(source);
      if (window.used >= limit) throw new TooManyRequestsError(quota(address));
      window.used += 1;
    },
    refund(address) {
      const window = currentWindow(sourceNetwork(address));
      if (window && window.used > 0) window.used -= 1;
    },
    quota,
  };
}
