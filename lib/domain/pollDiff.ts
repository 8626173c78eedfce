import type { PollStatus } from './poll.ts';

/** What viewers of a poll know of it once they have been told. */
export interface PollSnapshot {
  pollId: string;
  version: number;
  /** The part of the version that rises with anything but counts. */
  stateVersion: number;
  /** Changes by time as well, without a new version. */
  status: PollStatus;
  viewers: number;
  countedAt: Date;
}

/** What they were sent last. */
export type SentPoll = Omit<PollSnapshot, 'pollId' | 'countedAt'> & { sentAt: Date };

/** What there is to tell those who watch a poll. */
export type PollDiff = 'nothing' | 'viewers' | 'counts' | 'state' | 'deletion';

/** When only the number of viewers changed, telling them may take a tenth of the posts that there are: each who
 * comes or leaves concerns all the others. */
const SHARE_FOR_VIEWERS = 0.1;

/** How a poll differs from what its viewers have been sent.
 * @param sent null if nobody knows
 * @param present undefined if the poll is no more
 * @param postsPerSecond over all shards
 * @param now milliseconds since 1970 */
export function pollDiff(
  sent: SentPoll | null,
  present: PollSnapshot | undefined,
  postsPerSecond: number,
  now: number,
): PollDiff {
  if (!present) return 'deletion';
  if (!sent || sent.stateVersion !== present.stateVersion || sent.status !== present.status) return 'state';
  if (sent.version !== present.version) return 'counts';
  if (sent.viewers === present.viewers) return 'nothing';
  const pauseMs = (present.viewers * 1_000) / (postsPerSecond * SHARE_FOR_VIEWERS);
  // Either way: what was sent further ahead was sent before the clock was set back.
  return Math.abs(now - sent.sentAt.getTime()) >= pauseMs ? 'viewers' : 'nothing';
}
