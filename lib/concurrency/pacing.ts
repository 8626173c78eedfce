import { setTimeout as delay } from 'node:timers/promises';
import { elapsedMs, type Moment, monotonicMs, presentMoment } from '../clock.ts';

/** A limit of concurrent work, first come, first served. */
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

/** Resolves when the next item may start. */
export type Pace = () => Promise<void>;

/** The unused budget that may accumulate: 4,000 posts at 8,000 a second, below an account's burst limit of
 * 5,000. Small rounds then start without a wait, and only large ones are paced. */
const BURST_MS = 500;

/** A clock, and a timer that may fire late. */
export interface Timing {
  now(): number;
  sleep(ms: number): Promise<void>;
}

const realTime: Timing = { now: monotonicMs, sleep: (ms) => delay(ms) };

/** Limits the average rate, first come, first served. */
export function createPace(perSecond: number, time = realTime): Pace {
  const costMs = 1_000 / perSecond;
  let paidUntil = Number.NEGATIVE_INFINITY;
  return async () => {
    const now = time.now();
    paidUntil = Math.max(paidUntil, now - BURST_MS) + costMs;
    // The debt follows the clock, so late timers do not lower the rate.
    if (paidUntil > now) await time.sleep(paidUntil - now);
  };
}

/** Splits a rate evenly into one pace per shard. */
export function createPaces(
  postsPerSecond: number,
  shards: number,
  time = realTime,
): (shard: number) => Pace {
  const paces = new Map<number, Pace>();
  return (shard) => {
    const pace = paces.get(shard) ?? createPace(postsPerSecond / shards, time);
    paces.set(shard, pace);
    return pace;
  };
}

/** Limits how often some work is done. */
export interface Throttle {
  /** Whether the work is due; true starts the next interval. */
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
