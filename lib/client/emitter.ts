export type Listener<T> = (present: T) => void;

/** Calls every listener; one that throws does not keep the others from being called. */
export function callAll<T>(listeners: Iterable<Listener<T>>, value: T): void {
  for (const listener of [...listeners]) {
    try {
      listener(value);
    } catch (error) {
      // As an uncaught error where there is a page, which Node would end for.
      const page = globalThis as { reportError?: typeof console.error };
      (page.reportError ?? console.error)(error);
    }
  }
}
