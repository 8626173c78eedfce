/** Calls back when the page is shown or the network returns. Outside of a page, neither is heard of.
 * @returns a function that stops it */
export function onPageShown(listener: () => void): () => void {
  const ending = new AbortController();
  // Absent in Node.
  const page = globalThis as Partial<EventTarget>;
  for (const type of ['visibilitychange', 'online']) page.addEventListener?.(type, listener, ending);
  return () => ending.abort();
}
