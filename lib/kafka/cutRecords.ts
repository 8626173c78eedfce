/** Half of what a broker takes by default (1 MiB a batch), so that a record of this size never fails alone. */
export const MOST_RECORD_BYTES = 500_000;

/**
 * Cuts a list into runs of bounded size, in its order: one run makes one record. An item that is larger than
 * the bound by itself makes a run of its own, for the broker to judge.
 *
 * @param sizeOf bytes that the item takes in its record, separators included
 */
export function* chunksByBytes<T>(
  items: Iterable<T>,
  sizeOf: (item: T) => number,
  mostBytes = MOST_RECORD_BYTES,
): Iterable<T[]> {
  let chunk: T[] = [];
  let bytes = 0;
  for (const item of items) {
    const size = sizeOf(item);
    if (chunk.length > 0 && bytes + size > mostBytes) {
      yield chunk;
      chunk = [];
      bytes = 0;
    }
    chunk.push(item);
    bytes += size;
  }
  if (chunk.length > 0) yield chunk;
}
