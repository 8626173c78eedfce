import { setTimeout as delay } from 'node:timers/promises';
import { elapsedMs, type Moment, monotonicMs, presentMoment } from '../clock.ts';

/** A bound on what runs at the same time. Whoever waits is served in order. */
export interface Slots {
  take(): Promise<void>;
  release(): void;
}

export function createSlots(count: number): Slots {
  const waiting: (() => void)[] = [];
  let free = count;
  return {
    take: async () => {
      if (free > 0) free -= 1;
      else await new Promise<void>((resolve) => waiting.push(resolve));
    },
    release: () => {
      const next = waiting.shift();
      if (next) next();
      else free += 1;
    },
  };
}

/** Resolves when the next may go. */
export type Pace = () => Promise<void>;

/** What went unused may be made up for: at 8,000 posts a second 4,000 at once, below the 5,000 that an account
 * may burst. A small round then goes out without a wait, and only a large one is spread over its time. */
const BURST_MS = 500;

/** At most so many a second in the long run. Those who ask are served in order. */
export function createPace(perSecond: number): Pace {
  const costMs = 1_000 / perSecond;
  let paidUntil = Number.NEGATIVE_INFINITY;
  return async () => {
    const now = monotonicMs();
    paidUntil = Math.max(paidUntil, now - BURST_MS) + costMs;
    // A timer that comes late is made up for: what is owed follows the clock, not the timers.
    if (paidUntil > now) await delay(paidUntil - now);
  };
}

/** A pace of its own for each shard, an equal part of all. */
export function createPaces(postsPerSecond: number, shards: number): (shard: number) => Pace {
  const paces = new Map<number, Pace>();
  return (shard) => {
    const pace = paces.get(shard) ?? createPace(postsPerSecond / shards);
    paces.set(shard, pace);
    return pace;
  };
}

/** Lets something be done at most so often. */
export interface Throttle {
  /** Whether it may be done now; if so, the caller does it. */
  isDue(): boolean;
}

export function createThrottle(everyMs: number): Throttle {
  let last: Moment | undefined;
  return {
    isDue: () => {
      if (last && elapsedMs(last) < everyMs) return false;
      last = presentMoment();
      return true;
    },
  };
}
