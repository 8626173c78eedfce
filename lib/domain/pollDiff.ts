import { maxViewersByPost } from './following.ts';
import type { PollStatus } from './poll.ts';

export interface PollSnapshot {
  pollId: string;
  version: number;
  /** The part of the version that counting does not change: owners, the schedule and time do. */
  stateVersion: number;
  /** Changes with the state alone. */
  status: PollStatus;
  viewers: number;
  countedAt: Date;
  /** Its viewers read it from a URL. */
  isFollowed: boolean;
}

export type SentPoll = Omit<PollSnapshot, 'pollId' | 'countedAt'> & {
  /** Milliseconds since it was sent, by PostgreSQL's clock, which also decides when the next message is due. With two
   * clocks a message could be due and too early at once, and be postponed forever. */
  agoMs: number;
};

export type PollDiff = 'nothing' | 'viewers' | 'counts' | 'state' | 'deletion';

/** Viewer-only updates may use a tenth of the post budget: everyone who joins or leaves affects all
 * others. */
const SHARE_FOR_VIEWERS = 0.1;

/** @param sent what viewers last got; null if unknown
 * @param present undefined if the poll was deleted
 * @param postsPerSecond for all shards */
export function pollDiff(
  sent: SentPoll | null,
  present: PollSnapshot | undefined,
  postsPerSecond: number,
): PollDiff {
  if (!present) return 'deletion';
  if (!sent || sent.stateVersion !== present.stateVersion || sent.status !== present.status) return 'state';
  if (sent.isFollowed !== present.isFollowed) return 'state';
  if (sent.version !== present.version) return 'counts';
  if (sent.viewers === present.viewers) return 'nothing';
  const { viewers, isFollowed } = present;
  // Most viewers of a followed poll read it over HTTP and get no posts.
  const reached = isFollowed ? Math.min(viewers, maxViewersByPost(postsPerSecond)) : viewers;
  const pauseMs = (reached * 1_000) / (postsPerSecond * SHARE_FOR_VIEWERS);
  // Absolute, because a negative age means that the clock was set back.
  return Math.abs(sent.agoMs) >= pauseMs ? 'viewers' : 'nothing';
}

/** Whether a message has to wait, because viewers got the last one less than a tick ago. What changes the state
 * of a poll never waits. */
export function isTooSoon(news: PollDiff, sent: SentPoll | null, tickMs: number): boolean {
  if (!sent || (news !== 'counts' && news !== 'viewers')) return false;
  return Math.abs(sent.agoMs) < tickMs;
}
