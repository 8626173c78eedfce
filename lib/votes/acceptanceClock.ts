import { wallClockMs } from '../clock.ts';
import { MAX_SKEW_MS } from '../domain/closing.ts';
import { type Micros, type Millis, toMicros } from '../domain/units.ts';

/** The clock that says when a vote was accepted. */
export interface AcceptanceClock {
  /** Never returns the same value twice, unless the clock is set back. */
  now(): Micros;
  /** Follows PostgreSQL's clock from now on, if the machine's clock is further from it than clocks may differ.
   * @param earliest PostgreSQL's time is between these two
   * @returns the milliseconds by which the clock was ahead; negative if it was behind, 0 if it was right */
  correct(earliest: Millis, latest: Millis): number;
}

/** After a larger step back the earlier times were wrong: going on from them would stamp votes with future times,
 * and polls would refuse votes that are in time. */
const MAX_STEP_BACK = toMicros(10);

/** Reads whole microseconds since 1970, because a ballot is identified by voter and time. `Date` has milliseconds, so
 * the microseconds are random; otherwise two processes that accept a voter's votes in the same millisecond could
 * create the same ballot. */
export function createAcceptanceClock(wall = wallClockMs, random = Math.random): AcceptanceClock {
  let last = 0;
  let correction = 0;
  return {
    now: () => {
      const drawn = toMicros(wall() + correction) + Math.floor(random() * toMicros(1));
      last = drawn < last - MAX_STEP_BACK ? drawn : Math.max(last + 1, drawn);
      return last;
    },
    correct: (earliest, latest) => {
      const time = wall() + correction;
      const nearest = Math.min(Math.max(time, earliest), latest);
      const off = Math.round(time - nearest);
      if (Math.abs(off) <= MAX_SKEW_MS) return 0;
      correction -= off;
      return off;
    },
  };
}
