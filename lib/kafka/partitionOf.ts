/** The partition that a key's records go to. Chosen here and not by the Kafka client, so that every client agrees,
 * in any language and version. A voter's key is a hash: its first four bytes are spread evenly.
 * @param key at least four bytes; without one, the first partition
 * @param partitions of the topic, as its metadata tell */
export function partitionOf(key: Buffer | null, partitions: number): number {
  return key && partitions > 0 ? key.readUInt32BE() % partitions : 0;
}
