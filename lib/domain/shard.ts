const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/** The fan-out shard of a new connection: FNV-1a over its id, so that shards fill evenly. What counts from
 * then on is the shard in its row, since the number of shards may change while it lives. */
export function shardOf(connectionId: string, shards: number): number {
  let hash = FNV_OFFSET;
  for (let at = 0; at < connectionId.length; at++) {
    hash = Math.imul(hash ^ connectionId.charCodeAt(at), FNV_PRIME);
  }
  return (hash >>> 0) % shards;
}
