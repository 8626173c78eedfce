const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/** Assigns an id to a shard by FNV-1a, which fills shards evenly: a new connection to a fan-out shard, or a poll to a
 * partition of the topic `webhooks`. Afterwards use the shard in a connection's row, because the number of shards may
 * change during its lifetime. */
export function shardOf(id: string, shards: number): number {
  let hash = FNV_OFFSET;
  for (let at = 0; at < id.length; at++) {
    hash = Math.imul(hash ^ id.charCodeAt(at), FNV_PRIME);
  }
  return (hash >>> 0) % shards;
}
