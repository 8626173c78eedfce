/** The client's waits, in milliseconds, in a file without imports: the bundler puts these numbers where they are used. */

/** Of a call, unless it is given another. */
export const CALL_WITHIN_MS = 10_000;

/** A board that was not sent unasked, or whose answer was lost in an outage, is requested this often. */
export const BOARD_EVERY_MS = 5_000;
/** An answer may be lost, and what an outage refused may be granted soon. */
export const ASK_AGAIN_MS = 5_000;

/** Proxies and sandboxed frames refuse every WebSocket; a server that restarts refuses one or two. */
export const READ_AFTER_FAILURES = 3;
/** Without a WebSocket. */
export const READ_EVERY_MS = 3_000;
/** Only its owner changes a final poll, and caches hold it for a minute. */
export const FINAL_IS_SLOWER = 30;

/** Longer than any cache holds an answer. */
export const CLOCK_WAS_SET_MS = 120_000;
