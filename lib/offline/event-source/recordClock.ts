// biome-ignore lint/plugin/noWallClock: brokers and senders stamp records with the wall clock
const wallClock = () => Date.now();

/** Creates a clock for the ages of records, in milliseconds since 1970. It follows the wall clock when that is set back,
 * but not when it is set forward: all records would suddenly be too old, and be given up. After a suspension it is
 * behind, so that records are kept for longer. */
export function createRecordClock(wall = wallClock, monotonic = () => performance.now()): () => number {
  let offset = wall() - monotonic();
  return () => {
    offset = Math.min(offset, wall() - monotonic());
    return monotonic() + offset;
  };
}
