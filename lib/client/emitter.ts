export type Listener<T> = (present: T) => void;

/** Calls every listener; one that throws does not keep the others from being called. */
export function callAll<T>(listeners: Iterable<Listener<T>>, value: T): void {
  for (const listener of [...listeners]) {
    try {
      listener(value);
    } catch (error) {
      // Browsers report it as an uncaught error. In Node that would end the process, so it is printed.
      const page = globalThis as { reportError?: typeof console.error };
      (page.reportError ?? console.error)(error);
    }
  }
}
