/** Milliseconds since 1970. For what is stored, sent, shown or compared with such times, and for nothing else: this
 * clock is set by people and by NTP, so it may stand still, jump and go back. */
export function wallClockMs(): number {
  // biome-ignore lint/plugin/noWallClock: all others ask here
  return Date.now();
}

/** Milliseconds of a clock that nobody sets, since some moment of this process: for durations and deadlines. */
export function monotonicMs(): number {
  return performance.now();
}

/** The moment in so many milliseconds, by the monotonic clock. */
export function deadlineIn(ms: number): number {
  return monotonicMs() + ms;
}

/** A moment by both clocks, for what outlives the present invocation. */
export interface Moment {
  readonly monotonic: number;
  readonly wall: number;
}

export function presentMoment(): Moment {
  return { monotonic: monotonicMs(), wall: wallClockMs() };
}

/** How long ago that was, even if this process was frozen meanwhile: Linux stops the monotonic clock of a machine
 * that is suspended, and what is kept would be as fresh hours later. Whichever clock says more is believed. A wall
 * clock that was only set forward makes things old too early, but once: what takes their place is young by it. */
export function elapsedMs(since: Moment): number {
  return Math.max(monotonicMs() - since.monotonic, wallClockMs() - since.wall);
}
