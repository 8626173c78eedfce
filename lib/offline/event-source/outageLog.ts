const REMIND_MS = 30_000;

/** Logs that a consumer cannot consume, then every 30 s how often the consumers have tried since, and the recovery when
 * all of them have joined again: in an outage, each of them tries every second. */
export class OutageLog {
  readonly #write: (message: string) => void;
  readonly #now: () => number;
  readonly #away = new Set<string>();
  #since = 0;
  #loggedAt = 0;
  #tries = 0;

  /** @param write logs a line; it logs the end of an outage at the same level as the beginning */
  constructor(write: (message: string) => void, now: () => number = () => performance.now()) {
    this.#write = write;
    this.#now = now;
  }

  /** @param who a consumer that has lost Kafka, or has failed to join again */
  lost(who: string, reason: string): void {
    const now = this.#now();
    const isNew = this.#away.size === 0;
    this.#away.add(who);
    if (isNew) {
      [this.#since, this.#loggedAt, this.#tries] = [now, now, 1];
      this.#write(`${who} cannot consume from Kafka; retrying: ${reason}`);
      return;
    }
    this.#tries += 1;
    if (now - this.#loggedAt < REMIND_MS) return;
    this.#loggedAt = now;
    const all = [...this.#away].join(', ');
    this.#write(
      `${all} still cannot consume from Kafka after ${this.#seconds()} s (${this.#tries} attempts): ${reason}`,
    );
  }

  joined(who: string): void {
    if (this.#away.delete(who) && this.#away.size === 0)
      this.#write(`Consuming from Kafka works again after ${this.#seconds()} s.`);
  }

  #seconds(): number {
    return Math.round((this.#now() - this.#since) / 1_000);
  }
}
