const REMIND_MS = 30_000;
// Reasons can contain names, so their number has no limit; this bounds the memory.
const MAX_REASONS = 100;

interface Said {
  at: number;
  /** Occurrences since then that were not logged. */
  more: number;
}

/** Logs each failure reason at once and then every 30 s with the number of occurrences in between: in an outage every
 * partition fails every few seconds. Reasons that differ in numbers only are treated as one. */
export class FaultLog {
  readonly #warn: (message: string) => void;
  readonly #now: () => number;
  readonly #said = new Map<string, Said>();

  constructor(warn: (message: string) => void, now: () => number = () => performance.now()) {
    this.#warn = warn;
    this.#now = now;
  }

  fail(what: string, reason: string): void {
    const now = this.#now();
    const key = reason.replace(/\d+/g, '#');
    const said = this.#said.get(key);
    if (said && now - said.at < REMIND_MS) {
      said.more += 1;
      return;
    }
    if (!said && this.#said.size >= MAX_REASONS) this.#said.clear();
    this.#said.set(key, { at: now, more: 0 });
    this.#warn(`${what}: ${reason}${said && said.more > 0 ? ` (${said.more} more in between)` : ''}`);
  }
}
