/** How long it may take to post an update to all viewers of a poll. With more viewers, what they see would lag behind
 * further than what they can read themselves. */
const REACH_SECONDS = 5;

/** The number of viewers that posts can reach in time.
 * @param postsPerSecond for all shards */
export function mostReached(postsPerSecond: number): number {
  return postsPerSecond * REACH_SECONDS;
}

/** Whether the viewers of a poll read it from a URL instead of waiting for posts. Ends at half the number at which it
 * begins: each change is a message to everybody, and a crowd never stands still.
 * @param wasFollowed what they do now
 * @param postsPerSecond for all shards */
export function isFollowed(viewers: number, wasFollowed: boolean, postsPerSecond: number): boolean {
  return viewers > mostReached(postsPerSecond) / (wasFollowed ? 2 : 1);
}

/** What it takes to decide it. */
export interface Reach {
  /** Over all shards. */
  postsPerSecond: number;
  /** Where anybody can read polls; undefined where nothing in front of the API caches them. */
  publicUrl?: string | undefined;
}
