import { until } from '../../lib/concurrency/deadline.ts';

const WITHIN_MS = 60_000;

/** Waits for a condition.
 * @throws Error with its text when that takes longer than a minute */
export function untilTrue(condition: () => unknown): Promise<void> {
  return until(async () => {
    if (!(await condition())) throw new Error(`Still not true: ${condition}`);
  }, WITHIN_MS);
}
