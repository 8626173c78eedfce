/** The client's waits, in milliseconds, in a file without imports: the bundler puts these numbers where they are used. */

/** Of a call, unless it is given another. */
export const CALL_WITHIN_MS = 10_000;

/** Of an attempt to reconnect; doubled at each failure. */
export const DELAY_MS = 250;
export const MAX_DELAY_MS = 30_000;
export const CONNECT_WITHIN_MS = 10_000;
export const PONG_WITHIN_MS = 4_000;
export const AWAKE_WITHIN_MS = 2_000;

/** The message with a vote's outcome may be lost; usually it comes within a second. Doubled at each look-up, so that
 * voters who wait do not add to a backlog. */
export const LOOK_UP_AFTER_MS = 10_000;

/** A board that was not sent unasked, or whose answer was lost in an outage, is requested this often. */
export const BOARD_EVERY_MS = 5_000;
/** An answer may be lost, and what an outage refused may be granted soon. */
export const ASK_AGAIN_MS = 5_000;

/** After sleep, a phone's socket may be dead but still OPEN; only an unanswered ping reveals that. */
export const PING_AFTER_MS = 10_000;
/** With nothing to hear, a ping is only for API Gateway, which closes a connection that is idle for ten minutes.
 * Browsers delay the timers of hidden pages by up to a minute. A million pings cost more than the million reads of a
 * poll that a cache holds. */
export const PING_QUIET_AFTER_MS = 480_000;

/** Proxies and sandboxed frames refuse every WebSocket; a server that restarts refuses one or two. */
export const READ_AFTER_FAILURES = 3;
/** Without a WebSocket. */
export const READ_EVERY_MS = 3_000;
/** Only its owner changes a final poll, and caches hold it for a minute. */
export const FINAL_IS_SLOWER = 30;

/** Longer than any cache holds an answer. */
export const CLOCK_WAS_SET_MS = 120_000;
/** A correction of the device's clock that matters; far more than what passes between the readings of two clocks. */
export const CORRECTION_MS = 2_000;
