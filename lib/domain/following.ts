/** The longest time that posting an update to all viewers of a poll may take. Beyond it, reading the poll is faster than
 * waiting for a post. */
const REACH_SECONDS = 5;

/** The number of viewers that posts can reach in time.
 * @param postsPerSecond for all shards */
export function maxViewersByPost(postsPerSecond: number): number {
  return postsPerSecond * REACH_SECONDS;
}

/** Whether the viewers of a poll read it from a URL instead of waiting for posts. Stops at half the
 * number at which it starts, because each switch sends a message to everyone.
 * @param wasFollowed what they do now
 * @param postsPerSecond for all shards */
export function isFollowed(viewers: number, wasFollowed: boolean, postsPerSecond: number): boolean {
  return viewers > maxViewersByPost(postsPerSecond) / (wasFollowed ? 2 : 1);
}

/** The facts that decide whether a poll is followed. */
export interface FollowPolicy {
  /** The budget of posts over all shards. */
  postsPerSecond: number;
  /** The URL under which everybody can read polls; undefined if no cache is in front of the API. */
  followUrl?: string | undefined;
}
