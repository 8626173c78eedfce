import { monotonicMs } from '../clock.ts';

/** A list in runs of so many at most, in its order. */
export function* pagesOf<T>(items: T[], size: number): Iterable<T[]> {
  for (let from = 0; from < items.length; from += size) yield items.slice(from, from + size);
}

/** Works off what is due, page by page, until less than a page is left or the time is over: the rest is for the next
 * call. At least one page is worked off.
 * @param workOff resolves with the number of items that there were, `size` at most
 * @param deadline of the monotonic clock */
export async function pageByPage(
  workOff: () => Promise<number>,
  size: number,
  deadline: number,
): Promise<void> {
  while ((await workOff()) >= size && monotonicMs() < deadline);
}
