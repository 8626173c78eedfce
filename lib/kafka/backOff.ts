/** MSK takes 100 new IAM connections a second and broker (4 on t3) and refuses others as failed authentications ("Too
 * many connects"). If a crowd of new functions all tried again at once, the limit would stay exceeded, so their tries
 * are spread. AWS advises a second with jitter; the first pauses are shorter, because a voter waits for 5 seconds at
 * most. */
const FIRST_MS = 400;
const MAX_MS = 1_000;

/** Decides on the pause before the next try.
 * @param fault of the last try, as KafkaJS throws it
 * @returns milliseconds */
export type BackOff = (fault: unknown) => number;

/** @param usualMs the pause after other faults: a restarting broker refuses at once, and is back in a moment
 * @param random from 0 to 1 */
export function createBackOff(usualMs: number, random = Math.random): BackOff {
  let refusals = 0;
  return (fault) => {
    if (!isRefusedConnection(fault)) {
      refusals = 0;
      return usualMs;
    }
    const longest = Math.min(MAX_MS, FIRST_MS * 2 ** refusals);
    refusals += 1;
    return Math.max(usualMs, longest * (0.5 + random() / 2));
  };
}

/** Whether a broker refused a connection after it was open. KafkaJS wraps its reason. */
export function isRefusedConnection(fault: unknown): boolean {
  if (!(fault instanceof Error)) return false;
  return fault.name === 'KafkaJSSASLAuthenticationError' || isRefusedConnection(fault.cause);
}
