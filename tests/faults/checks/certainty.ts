/** An interval in which a poll certainly took votes, or certainly took none; milliseconds since 1970. */
export interface Certainty {
  from: number;
  to: number;
  isOpen: boolean;
}

/** An interval within which a clock was stepped, by the driver's clock. */
export interface ClockStep {
  from: number;
  to: number;
}

/** What remains certain while clocks may be wrong: only times further than that from an end of the interval.
 * @param offMs the most by which they may be */
export function certainDespite(offMs: number, certainties: Certainty[]): Certainty[] {
  return certainties
    .map(({ from, to, isOpen }) => ({ from: from + offMs, to: to - offMs, isOpen }))
    .filter(({ from, to }) => from < to);
}

/** Whether a clock may have been stepped between two moments, so that times that it gave then may be out of order. */
export function isAcrossStep(steps: ClockStep[], since: number, until: number): boolean {
  return steps.some(({ from, to }) => from <= until && since <= to);
}
