/** The client's timeouts and intervals, in milliseconds. The file has no imports, so that the bundler inlines them. */

/** The default timeout of a call. */
export const CALL_WITHIN_MS = 10_000;

/** The pause before an attempt to reconnect; it doubles at each failure. */
export const DELAY_MS = 250;
export const MAX_DELAY_MS = 30_000;
export const CONNECT_WITHIN_MS = 10_000;
export const PONG_WITHIN_MS = 4_000;
export const AWAKE_WITHIN_MS = 2_000;

/** When to look up a vote whose outcome was not told; usually a message tells it within a second. The time doubles at
 * each look-up, so that waiting voters do not add to a backlog. */
export const LOOK_UP_AFTER_MS = 10_000;

/** How often to request the leaderboard while it is missing: it was not sent unasked, or the answer was lost. */
export const BOARD_EVERY_MS = 5_000;
/** When to repeat a request: its answer may be lost, or an outage may have refused it. */
export const ASK_AGAIN_MS = 5_000;

/** After sleep, a phone's socket may be dead but still OPEN; only an unanswered ping reveals that. */
export const PING_AFTER_MS = 10_000;
/** If no message is expected, a ping only keeps API Gateway from closing the connection, which it does after ten idle
 * minutes. Browsers delay the timers of hidden pages by up to a minute. A million pings cost more than a million reads
 * from a cache. */
export const PING_QUIET_AFTER_MS = 480_000;

/** After so many failures the client reads over HTTP: proxies and sandboxed frames refuse every WebSocket, while a
 * restarting server refuses one or two. */
export const READ_AFTER_FAILURES = 3;
/** How often to read a watched poll over HTTP where no WebSocket is available. */
export const READ_EVERY_MS = 3_000;
/** A final poll is read this many times less often: only its owner can change it, and caches hold it for a minute. */
export const FINAL_IS_SLOWER = 30;

/** A larger step back means that the device's clock was set, because no cache holds an answer for so long. */
export const CLOCK_WAS_SET_MS = 120_000;
/** A correction of the device's clock that matters; far more than what passes between the readings of two clocks. */
export const CORRECTION_MS = 2_000;
