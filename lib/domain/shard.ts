const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/** Assigns a new connection to a fan-out shard by FNV-1a of its id, which fills shards evenly. Afterwards use
 * the shard in its row, because the number of shards may change during its lifetime. */
export function shardOf(connectionId: string, shards: number): number {
  let hash = FNV_OFFSET;
  for (let at = 0; at < connectionId.length; at++) {
    hash = Math.imul(hash ^ connectionId.charCodeAt(at), FNV_PRIME);
  }
  return (hash >>> 0) % shards;
}
