import { monotonicMs, wallClockMs } from '../clock.ts';
import { CLOCK_WAS_SET_MS, CORRECTION_MS } from './times.ts';

/** The server's clock, estimated from the times in what it sends. */
export interface ServerClock {
  /** Milliseconds since 1970; the device's clock, until the server has sent a time. */
  now(): number;
  /** @param time in any form that `Date` reads */
  hear(time: string | null | undefined): void;
}

export function serverClock(): ServerClock {
  let ahead: number | undefined;
  let gap: number;
  /** The device's clock. Forgets the offset if the clock was set forward: with the offset, polls would end too early, and
   * a clock that was corrected needs none. A device that has slept looks the same, since sleep stops its other clock;
   * the next message has the time again. */
  function device(): number {
    const before = gap;
    gap = wallClockMs() - monotonicMs();
    if (gap - before > CORRECTION_MS) ahead = undefined;
    return wallClockMs();
  }
  return {
    now: () => device() + (ahead || 0),
    hear: (time) => {
      const heard = Date.parse(time as string) - device();
      // Delays make a time look older, so the largest offset is the most accurate. A much smaller one means that the
      // clock of the device was set back, or that of the server.
      const isLate = heard < (ahead as number) && heard > (ahead as number) - CLOCK_WAS_SET_MS;
      if (time && !isLate) ahead = heard;
    },
  };
}
