import { monotonicMs, wallClockMs } from '../clock.ts';
import { MAX_SKEW_MS } from '../domain/closing.ts';
import { type Micros, type Millis, toMicros } from '../domain/units.ts';

/** The clock that says when a vote was accepted. */
export interface AcceptanceClock {
  /** Never returns the same value twice, unless the clock is set back. */
  now(): Micros;
  /** Follows PostgreSQL's clock from now on, until the machine's clock is set.
   * @param earliest PostgreSQL's time is between these two
   * @param tolerance smaller differences are left
   * @returns the milliseconds by which the clock was ahead; negative if it was behind, 0 if it was right */
  correct(earliest: Millis, latest: Millis, tolerance?: number): number;
  /** Whether a vote that hints at a wrong clock should have it checked: once a second, because Kafka's clock may be the
   * wrong one, and then every vote hints at it. */
  isCheckDue(): boolean;
}

/** After a larger step back the earlier times were wrong: going on from them would stamp votes with future times,
 * and polls would refuse votes that are in time. */
const MAX_STEP_BACK = toMicros(10);

const CHECK_EVERY_MS = 1_000;

/** Reads whole microseconds since 1970, because a ballot is identified by voter and time. `Date` has milliseconds, so
 * the microseconds are random; otherwise two processes that accept a voter's votes in the same millisecond could
 * create the same ballot. */
export function createAcceptanceClock(
  wall = wallClockMs,
  random = Math.random,
  monotonic = monotonicMs,
): AcceptanceClock {
  let last = 0;
  let checkedAt = Number.NEGATIVE_INFINITY;
  let correction = 0;
  /** How far the machine's clock was ahead of the monotonic one when it was corrected. */
  let lead = 0;

  function read(): Millis {
    const time = wall();
    // A clock that was set since then is probably right.
    if (correction !== 0 && Math.abs(time - monotonic() - lead) > MAX_SKEW_MS) correction = 0;
    return time + correction;
  }

  return {
    now: () => {
      const drawn = toMicros(read()) + Math.floor(random() * toMicros(1));
      last = drawn < last - MAX_STEP_BACK ? drawn : Math.max(last + 1, drawn);
      return last;
    },
    correct: (earliest, latest, tolerance = MAX_SKEW_MS) => {
      const time = read();
      const off = Math.round(time - Math.min(Math.max(time, earliest), latest));
      if (Math.abs(off) <= tolerance) return 0;
      correction -= off;
      lead = wall() - monotonic();
      return off;
    },
    isCheckDue: () => {
      if (monotonic() - checkedAt < CHECK_EVERY_MS) return false;
      checkedAt = monotonic();
      return true;
    },
  };
}
