import { createThrottle } from './pacing.ts';

/** Limits work that anybody can ask for.
 * @returns does the work at most once per interval, and never twice at the same time; other callers get the last
 * result or error */
export function shareResults<T>(work: () => Promise<T>, everyMs: number): () => Promise<T> {
  const throttle = createThrottle(everyMs);
  let isRunning = false;
  let last: Promise<T> | undefined;

  return () => {
    const isDue = !isRunning && throttle.isDue();
    if (last && !isDue) return last;
    isRunning = true;
    last = work().finally(() => {
      isRunning = false;
    });
    return last;
  };
}
