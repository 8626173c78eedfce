import { wallClockMs } from '../clock.ts';

const MICROSECONDS_PER_MS = 1_000;

/** A clock in whole microseconds since 1970 that never says the same twice, since a ballot is named by its
 * voter and this time. `Date` has milliseconds only, so the rest is drawn: two processes that take a vote of
 * one voter in the same millisecond would otherwise make the same ballot. */
export function createAcceptedClock(now = wallClockMs, random = Math.random): () => number {
  let last = 0;
  return () => {
    const drawn = now() * MICROSECONDS_PER_MS + Math.floor(random() * MICROSECONDS_PER_MS);
    last = Math.max(last + 1, drawn);
    return last;
  };
}
