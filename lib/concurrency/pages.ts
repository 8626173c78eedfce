import { monotonicMs } from '../clock.ts';

/** Splits a list into pages of at most `size` items, in order. */
export function* pagesOf<T>(items: T[], size: number): Iterable<T[]> {
  for (let from = 0; from < items.length; from += size) yield items.slice(from, from + size);
}

/** Processes pages until one is not full or the deadline passes; always at least one page.
 * @param workOff processes a page and resolves with its number of items, at most `size`
 * @param deadline of the monotonic clock */
export async function pageByPage(
  workOff: () => Promise<number>,
  size: number,
  deadline: number,
): Promise<void> {
  while ((await workOff()) >= size && monotonicMs() < deadline);
}
