/** Lets one loop sleep until it is woken or the time is up. Supports one sleeper at a time. */
export class Wake {
  #resume: (() => void) | null = null;

  /** @param ms Infinity sleeps until woken */
  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = ms === Number.POSITIVE_INFINITY ? undefined : setTimeout(() => this.wake(), ms);
      this.#resume = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  wake(): void {
    const resume = this.#resume;
    this.#resume = null;
    resume?.();
  }
}

/** Waits for the promise, at most `ms`. The promise must not reject.
 * @returns whether it resolved in time */
export async function within(ms: number, promise: Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), ms);
  });
  const inTime = await Promise.race([promise.then(() => true), late]);
  clearTimeout(timer);
  return inTime;
}
