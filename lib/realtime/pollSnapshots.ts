import { type FollowPolicy, isFollowed } from '../domain/following.ts';
import type { Poll } from '../domain/poll.ts';
import type { PollSnapshot } from '../domain/pollDiff.ts';
import type { AnySql } from '../sql/client.ts';
import { countViewers } from '../sql/countViewers.ts';
import { findPolls } from '../sql/findPoll.ts';

/** A poll and the snapshot of what its viewers see. */
export interface ViewedPoll {
  poll: Poll;
  present: PollSnapshot;
}

/** Reads the current state of these polls, without those that were deleted. */
export async function readPollSnapshots(
  sql: AnySql,
  pollIds: string[],
  { postsPerSecond, followUrl }: FollowPolicy,
): Promise<ViewedPoll[]> {
  const [found, counted] = await Promise.all([findPolls(sql, pollIds), countViewers(sql, pollIds)]);
  const viewersOf = new Map(counted.map(({ pollId, ...viewers }) => [pollId, viewers]));
  return found.map(({ poll, stateVersion, readAt }) => {
    const { viewers = 0, countedAt = new Date(readAt), wasFollowed = false } = viewersOf.get(poll.id) ?? {};
    const isRead = followUrl !== undefined && isFollowed(viewers, wasFollowed, postsPerSecond);
    const { id: pollId, version, status } = poll;
    const snapshot = { pollId, version: version ?? 0, stateVersion, status, viewers, countedAt };
    return { poll, present: { ...snapshot, isFollowed: isRead } };
  });
}
