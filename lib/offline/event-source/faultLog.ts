const REMIND_MS = 30_000;
// Reasons can contain names, so their number has no limit; this bounds the memory.
const MAX_REASONS = 100;

interface Logged {
  at: number;
  /** Occurrences since then that were not logged. */
  more: number;
}

/** Logs each failure reason at once and then every 30 s with the number of occurrences in between: in an outage every
 * partition fails every few seconds. Reasons that differ in numbers only are treated as one. */
export class FaultLog {
  readonly #warn: (message: string) => void;
  readonly #now: () => number;
  readonly #logged = new Map<string, Logged>();

  constructor(warn: (message: string) => void, now: () => number = () => performance.now()) {
    this.#warn = warn;
    this.#now = now;
  }

  fail(what: string, reason: string): void {
    const now = this.#now();
    const key = reason.replace(/\d+/g, '#');
    const logged = this.#logged.get(key);
    if (logged && now - logged.at < REMIND_MS) {
      logged.more += 1;
      return;
    }
    if (!logged && this.#logged.size >= MAX_REASONS) this.#logged.clear();
    this.#logged.set(key, { at: now, more: 0 });
    this.#warn(`${what}: ${reason}${logged && logged.more > 0 ? ` (${logged.more} more in between)` : ''}`);
  }
}
