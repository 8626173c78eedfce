const REMIND_MS = 30_000;
// Reasons hold offsets and names; should they be endless, the memory of them is not.
const MAX_REASONS = 100;

interface Said {
  at: number;
  /** How often it came since and was not said. */
  more: number;
}

/** Says each reason for a failure at once and then every half minute, with how often it came meanwhile: in an outage
 * every partition fails every few seconds. Failures that differ by their numbers have one reason. */
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
    this.#warn(`${what}: ${reason}${said && said.more > 0 ? ` (and ${said.more} times before that)` : ''}`);
  }
}
