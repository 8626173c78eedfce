/** Chooses the partition of a key. Kafka clients differ in their partitioners, so this is explicit. A voter's
 * key is a hash, so its first four bytes are evenly distributed.
 * @param key at least four bytes; null means the first partition
 * @param partitions of the topic, from its metadata */
export function partitionOf(key: Buffer | null, partitions: number): number {
  return key && partitions > 0 ? key.readUInt32BE() % partitions : 0;
}

/** Half of a broker's default limit (1 MiB per batch), so a record of this size always fits. */
export const MAX_RECORD_BYTES = 500_000;

/** Splits a list into chunks of bounded size, in order. An item above the bound gets its own chunk, and the
 * broker decides about it.
 * @param sizeOf the item's bytes in its record or request, separators included */
export function* chunksByBytes<T>(
  items: Iterable<T>,
  sizeOf: (item: T) => number,
  mostBytes = MAX_RECORD_BYTES,
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
