/** Calls back when the page is shown or the network returns; never outside of a page.
 * @returns a function that stops it */
export function onPageShown(listener: () => void): () => void {
  const page = globalThis as { document?: EventTarget };
  const events: [EventTarget, string][] = page.document
    ? [
        [page.document, 'visibilitychange'],
        [globalThis as never, 'online'],
      ]
    : [];
  for (const [target, type] of events) target.addEventListener(type, listener);
  return () => {
    for (const [target, type] of events) target.removeEventListener(type, listener);
  };
}
