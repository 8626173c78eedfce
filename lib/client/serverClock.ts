import { wallClockMs } from '../clock.ts';
import { CLOCK_WAS_SET_MS } from './times.ts';

/** The server's clock, estimated from the times in what it sends. */
export interface ServerClock {
  /** Milliseconds since 1970; the device's clock, until the server has sent a time. */
  now(): number;
  /** @param time in any form that `Date` reads */
  hear(time: string | null | undefined): void;
}

export function serverClock(): ServerClock {
  let ahead: number | undefined;
  return {
    now: () => wallClockMs() + (ahead || 0),
    hear: (time) => {
      const heard = Date.parse(time as string) - wallClockMs();
      // Delays make a time look older, so the largest offset is the most accurate. A much smaller one means that the
      // device's clock was set.
      const isLate = heard < (ahead as number) && heard > (ahead as number) - CLOCK_WAS_SET_MS;
      if (time && !isLate) ahead = heard;
    },
  };
}
