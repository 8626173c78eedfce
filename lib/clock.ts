/** Milliseconds since 1970. Only for times that are stored, sent, shown or compared with such times: people
 * and NTP set this clock, so it may stand still or jump, also backwards. */
export function wallClockMs(): number {
  // biome-ignore lint/plugin/noWallClock: the only place that reads it
  return Date.now();
}

/** Milliseconds since an arbitrary moment, by a clock that is never set: for durations and deadlines. */
export function monotonicMs(): number {
  return performance.now();
}

/** The deadline in `ms` milliseconds, by the monotonic clock. */
export function deadlineIn(ms: number): number {
  return monotonicMs() + ms;
}

/** A moment by both clocks, for state that outlives an invocation. */
export interface Moment {
  readonly monotonic: number;
  readonly wall: number;
}

export function presentMoment(): Moment {
  return { monotonic: monotonicMs(), wall: wallClockMs() };
}

/** The elapsed time. Linux stops the monotonic clock of a suspended machine, so the larger difference of both
 * clocks counts. A wall clock that is set forward ages values too early, but only once. */
export function elapsedMs(since: Moment): number {
  return Math.max(monotonicMs() - since.monotonic, wallClockMs() - since.wall);
}
